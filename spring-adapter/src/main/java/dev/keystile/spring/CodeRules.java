package dev.keystile.spring;

import java.util.List;
import java.util.Map;

/** Rules that the code of an application comes to, as settings say them. */
interface CodeRules {

    /** The rules, by the names of their settings. */
    Map<String, String> settings();

    /** What stands in the way of them, each a sentence. */
    List<String> problems();
}

package dev.keystile.config;

import dev.keystile.KeystileBuilder;

/** The settings of usage: {@code usage.*}. */
record UsageSettings(SettingValues values) {

    /** Adds all of them. */
    void addTo(KeystileBuilder builder) {
        values.set("usage.interval", () -> {
            String text = values.text("usage.interval");
            if (text.equals("none")) {
                builder.noUsage();
            } else {
                builder.usageInterval(SettingValues.duration(text));
            }
        });
        values.set(
                "usage.retention",
                () -> builder.usageRetention(SettingValues.duration(values.text("usage.retention"))));
    }
}

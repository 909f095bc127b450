package dev.keystile.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.keystile.limit.Charge;
import dev.keystile.limit.Partition;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * What counts are called in Redis: {@code keystile:{live:acme}9:key:18:starter 60/PT1M 10=4mVfR2xkQ8sT}.
 *
 * <p>In braces stands the account in its environment, which all counts of a request have in common, so that all of them are in
 * one hash slot. The first brace that closes ends it: of an account that itself holds one, its digest stands there, or it could go
 * on like the name of another's count. No two counts have one name. Names are readable and hold no secret, for key ids are public;
 * what else stores and settings let through is never hashed.
 *
 * @param prefix what all of them begin with, without braces
 */
record CountNames(String prefix) {

    private static final int LONGEST_ACCOUNT = 200;
    private static final int LONGEST_REST = 400;

    byte[] of(Charge charge) {
        String account = charge.account();
        Partition partition = charge.partition();
        boolean readable = account.length() <= LONGEST_ACCOUNT && account.indexOf('}') < 0;
        String tag = readable ? account : "#" + digest(account);
        String rest = partition.kind().word() + ":" + partition.limit().length() + ":" + partition.limit()
                + ownPart(account, partition.id());
        return (prefix + "{" + tag + "}" + account.length() + ":"
                        + (rest.length() <= LONGEST_REST ? rest : "#" + digest(rest)))
                .getBytes(UTF_8);
    }

    /** What an id says beside the account. */
    private static String ownPart(String account, String id) {
        String ofAddress = account.length() + ":" + account + ":";
        if (id.equals(account)) {
            return "";
        }
        return id.startsWith(ofAddress) ? "+" + id.substring(ofAddress.length()) : "=" + id;
    }

    private static String digest(String text) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8)));
        } catch (NoSuchAlgorithmException missing) {
            throw new IllegalStateException("every Java platform has SHA-256", missing);
        }
    }
}

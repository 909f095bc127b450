package dev.keystile.http;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** The places a key may stand in. */
final class CredentialSources {

    private static final String AUTHORIZATION = "Authorization";

    private CredentialSources() {}

    /** A header that may stand once; blanks around its value do not count. */
    private interface Place extends CredentialSource {

        @Override
        default Credential read(ApiRequest request) {
            List<String> values = request.headers(headerName());
            if (values.isEmpty()) {
                return Credential.ABSENT;
            }
            if (values.size() > 1) {
                return Credential.SEVERAL;
            }
            String value = values.get(0).strip();
            return value.isEmpty() ? Credential.ABSENT : readValue(value);
        }

        /** Reads a value that is not blank and has no blanks around it. */
        Credential readValue(String value);
    }

    /** A comma stands in no key: what is joined by one was several, before an intermediary joined them. */
    private static Credential present(String value, int start) {
        int comma = value.indexOf(',', start);
        if (comma < 0) {
            return new Credential.Presented(value, start);
        }
        boolean several = !value.substring(start, comma).isBlank()
                && !value.substring(comma + 1).isBlank();
        return several ? Credential.SEVERAL : Credential.UNREADABLE;
    }

    /** What follows a scheme in the value of {@code Authorization}; absent if it has another scheme. */
    private static Credential afterScheme(String value, String scheme) {
        int length = scheme.length();
        if (!value.regionMatches(true, 0, scheme, 0, length)) {
            return Credential.ABSENT;
        }
        if (value.length() == length) {
            return Credential.UNREADABLE;
        }
        if (value.charAt(length) != ' ' && value.charAt(length) != '\t') {
            return Credential.ABSENT;
        }
        int start = length;
        while (value.charAt(start) == ' ') {
            start++;
        }
        // RFC 6750 has spaces only; but others may read the tab, so the credential is not absent.
        return value.charAt(start) == '\t' ? Credential.UNREADABLE : present(value, start);
    }

    /** Whether a text can name a header: RFC 9110's {@code token}. */
    static boolean isToken(String text) {
        return !text.isEmpty() && text.chars().allMatch(CredentialSources::isTokenCharacter);
    }

    /** RFC 9110's {@code tchar}. */
    private static boolean isTokenCharacter(int c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || "!#$%&'*+-.^_`|~".indexOf(c) >= 0;
    }

    /** The forms a key may have in {@code Authorization}. */
    enum Authorization implements Place {
        BEARER("Bearer") {
            @Override
            public Credential readValue(String value) {
                return afterScheme(value, "Bearer");
            }
        },

        BARE("ApiKey") {
            @Override
            public Credential readValue(String value) {
                boolean bare = value.indexOf(' ') < 0 && value.indexOf('\t') < 0 && !isScheme(value);
                return bare || value.indexOf(',') >= 0 ? present(value, 0) : Credential.ABSENT;
            }

            private static boolean isScheme(String value) {
                return value.equalsIgnoreCase("Bearer") || value.equalsIgnoreCase("Basic");
            }
        },

        BASIC("Basic") {
            @Override
            public Credential readValue(String value) {
                Credential found = afterScheme(value, "Basic");
                if (!(found instanceof Credential.Presented encoded)) {
                    return found;
                }
                try {
                    String pair = new String(Base64.getDecoder().decode(encoded.text()), StandardCharsets.ISO_8859_1);
                    int colon = pair.indexOf(':');
                    return colon < 1 ? Credential.UNREADABLE : new Credential.Presented(pair.substring(0, colon));
                } catch (IllegalArgumentException notBase64) {
                    return Credential.UNREADABLE;
                }
            }
        };

        private final String scheme;

        Authorization(String scheme) {
            this.scheme = scheme;
        }

        @Override
        public String headerName() {
            return AUTHORIZATION;
        }

        @Override
        public String scheme() {
            return scheme;
        }
    }

    record Scheme(String scheme) implements Place {

        Scheme {
            if (!isToken(scheme) || scheme.equalsIgnoreCase("Bearer") || scheme.equalsIgnoreCase("Basic")) {
                throw new IllegalArgumentException(
                        "scheme '" + scheme
                                + "': expected a scheme of its own, such as Api-Key; for Bearer and Basic name bearer and basic");
            }
        }

        @Override
        public String headerName() {
            return AUTHORIZATION;
        }

        @Override
        public Credential readValue(String value) {
            return afterScheme(value, scheme);
        }
    }

    record Header(String headerName) implements Place {

        private static final Set<String> TAKEN =
                Set.of("authorization", "proxy-authorization", "cookie", "host", "content-type", "content-length");

        Header {
            if (!isToken(headerName) || TAKEN.contains(headerName.toLowerCase(Locale.ROOT))) {
                throw new IllegalArgumentException("header '" + headerName
                        + "': expected a header of its own, such as x-api-key; for Authorization name bearer, basic or"
                        + " authorization");
            }
        }

        @Override
        public Credential readValue(String value) {
            return present(value, 0);
        }

        @Override
        public String scheme() {
            return "ApiKey";
        }
    }
}

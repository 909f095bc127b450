package dev.keystile.jwt;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * The members of a JSON object that can be read one way only: UTF-8, no member twice, nothing behind the object.
 *
 * <p>Immutable.
 *
 * @param values each a {@link String}, a {@link Long}, a list of strings, or {@link #OTHER}
 */
record Members(Map<String, Object> values) {

    /** A value of which nothing is needed but that it is there. */
    private static final Object OTHER = new Object();

    private static final int DEEPEST = 16;

    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
            .streamReadConstraints(
                    StreamReadConstraints.builder().maxNestingDepth(DEEPEST).build())
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .build();

    /** Reads an object. */
    static Members read(byte[] utf8) throws MalformedTokenException {
        try (JsonParser json = JSON.createParser(decode(utf8))) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                throw new MalformedTokenException("it holds JSON that is no object");
            }
            Map<String, Object> values = new LinkedHashMap<>();
            while (json.nextToken() != JsonToken.END_OBJECT) {
                String name = json.currentName();
                json.nextToken();
                values.put(name, value(json));
            }
            if (json.nextToken() != null) {
                throw new MalformedTokenException("it holds more than one JSON object");
            }
            return new Members(values);
        } catch (CharacterCodingException notUtf8) {
            throw new MalformedTokenException("it holds what is not UTF-8");
        } catch (JsonProcessingException unreadable) {
            throw new MalformedTokenException("it holds what is not JSON, or a member twice");
        } catch (IOException impossible) {
            throw new IllegalStateException("a text was read from memory", impossible);
        }
    }

    private static char[] decode(byte[] utf8) throws CharacterCodingException {
        var decoded = StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT)
                .decode(ByteBuffer.wrap(utf8));
        char[] text = new char[decoded.remaining()];
        decoded.get(text);
        return text;
    }

    private static Object value(JsonParser json) throws IOException {
        switch (json.currentToken()) {
            case VALUE_STRING -> {
                return json.getText();
            }
            case VALUE_NUMBER_INT -> {
                return json.getNumberType() == JsonParser.NumberType.BIG_INTEGER ? OTHER : (Object) json.getLongValue();
            }
            case START_ARRAY -> {
                return texts(json);
            }
            default -> {
                skip(json);
                return OTHER;
            }
        }
    }

    private static Object texts(JsonParser json) throws IOException {
        List<String> texts = new ArrayList<>();
        boolean other = false;
        while (json.nextToken() != JsonToken.END_ARRAY) {
            if (json.currentToken() == JsonToken.VALUE_STRING) {
                texts.add(json.getText());
            } else {
                skip(json);
                other = true;
            }
        }
        return other ? OTHER : List.copyOf(texts);
    }

    /** Token by token, for what is skipped at once is not looked at for members that stand there twice. */
    private static void skip(JsonParser json) throws IOException {
        int depth = json.currentToken().isStructStart() ? 1 : 0;
        while (depth > 0) {
            JsonToken token = json.nextToken();
            if (token.isStructStart()) {
                depth++;
            } else if (token.isStructEnd()) {
                depth--;
            }
        }
    }

    /** Throws if one of these members is there. */
    void requireNone(Set<String> names) throws MalformedTokenException {
        for (String name : names) {
            if (values.containsKey(name)) {
                throw new MalformedTokenException("its header has '" + name + "'");
            }
        }
    }

    /** A member that is a string, if it is there. */
    Optional<String> text(String name) throws MalformedTokenException {
        Object value = values.get(name);
        if (value != null && !(value instanceof String)) {
            throw new MalformedTokenException("its '" + name + "' is no string");
        }
        return Optional.ofNullable((String) value);
    }

    /** A member that is a string or a list of strings; empty if it is not there. */
    List<String> texts(String name) throws MalformedTokenException {
        Object value = values.get(name);
        if (value instanceof List<?> list) {
            List<String> texts = new ArrayList<>();
            list.forEach(text -> texts.add((String) text));
            return texts;
        }
        return text(name).map(List::of).orElse(List.of());
    }

    /** A member that is a date in whole seconds since the UNIX epoch, if it is there. */
    OptionalLong date(String name, long latest) throws MalformedTokenException {
        Object value = values.get(name);
        if (value == null) {
            return OptionalLong.empty();
        }
        if (value instanceof Long seconds && seconds >= 0 && seconds <= latest) {
            return OptionalLong.of(seconds);
        }
        throw new MalformedTokenException("its '" + name + "' is no date in whole seconds");
    }
}

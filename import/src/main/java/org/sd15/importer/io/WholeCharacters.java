package org.sd15.importer.io;

import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.util.JsonParserDelegate;
import java.io.IOException;

/** Refuses the one kind of text that JSON can write and UTF-8 can't: half of a surrogate pair, by its number. */
final class WholeCharacters extends JsonParserDelegate {

    WholeCharacters(JsonParser json) {
        super(json);
    }

    @Override
    public JsonToken nextToken() throws IOException {
        JsonToken token = super.nextToken();
        boolean text = token == JsonToken.FIELD_NAME || token == JsonToken.VALUE_STRING;
        if (text && getText().codePoints().anyMatch(WholeCharacters::isHalf)) {
            throw new JsonParseException(this, "the text \"%s\" has half of a surrogate pair".formatted(getText()));
        }
        return token;
    }

    private static boolean isHalf(int codePoint) {
        return Character.getType(codePoint) == Character.SURROGATE;
    }
}

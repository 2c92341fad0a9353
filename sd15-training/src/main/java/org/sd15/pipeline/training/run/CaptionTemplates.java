package org.sd15.pipeline.training.run;

import java.util.List;

/**
 * Captions for pictures that show one thing or one style.
 *
 * @param texts captions with {@code %s} for the word
 * @see <a href="https://arxiv.org/abs/2208.01618">Gal et al., An Image is Worth One Word, appendix E</a>
 */
public record CaptionTemplates(List<String> texts) {

    /** For pictures of a thing. */
    public static final CaptionTemplates OBJECT = new CaptionTemplates(List.of(
            "a photo of a %s",
            "a rendering of a %s",
            "a cropped photo of the %s",
            "the photo of a %s",
            "a close-up photo of a %s",
            "a good photo of the %s",
            "a photo of one %s"));

    /** For pictures of a style. */
    public static final CaptionTemplates STYLE = new CaptionTemplates(List.of(
            "a painting in the style of %s",
            "a rendering in the style of %s",
            "a picture in the style of %s",
            "a close-up painting in the style of %s"));

    /** Copies the list. */
    public CaptionTemplates {
        texts = List.copyOf(texts);
    }

    /** The captions with a word. */
    public List<String> of(String word) {
        return texts.stream().map(text -> text.replace("%s", word)).toList();
    }
}

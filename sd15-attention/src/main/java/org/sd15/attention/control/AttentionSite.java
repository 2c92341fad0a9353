package org.sd15.attention.control;

/**
 * One attention of a model at a given picture size.
 *
 * @param index number of the transformer block in the order of execution: 0 to 15 in Stable Diffusion 1.5
 * @param kind whether the image attends to itself or to the text
 * @param place where in the UNet
 * @param path diffusers' path of the module, ending in {@code attn1} or {@code attn2}
 * @param height rows of the feature map
 * @param width columns of the feature map
 * @param keys tokens that are attended to: height * width, or the length of the text
 * @param heads number of heads
 */
public record AttentionSite(
        int index, Kind kind, Place place, String path, int height, int width, int keys, int heads) {

    /** What the image attends to. */
    public enum Kind {
        /** The image itself, {@code attn1}. */
        SELF,
        /** The text, {@code attn2}. */
        CROSS
    }

    /** The part of the UNet. */
    public enum Place {
        /** The down blocks. */
        DOWN,
        /** The mid block. */
        MID,
        /** The up blocks. */
        UP
    }

    /** Whether the image attends to the text. */
    public boolean isCross() {
        return kind == Kind.CROSS;
    }

    /** Image tokens: pixels of the feature map. */
    public int queries() {
        return height * width;
    }

    /** Bytes of the probabilities of one picture in float32. */
    public long mapBytes() {
        return (long) heads * queries() * keys * Float.BYTES;
    }

    /** The site's name: {@code attn/<index>/cross} or {@code attn/<index>/self}. */
    public String name() {
        return "attn/" + index + (isCross() ? "/cross" : "/self");
    }

    /** Name of the probabilities {@code [batch, heads, queries, keys]}, after an edit if there is one. */
    public String probs() {
        return name() + "/probs";
    }

    /** Name of the probabilities before an edit. */
    public String rawProbs() {
        return name() + "/probs_raw";
    }
}

package org.sd15.unet;

import org.nd4j.autodiff.samediff.SDVariable;

/**
 * How far a prediction is from a target, picture by picture, as a function over variables of the UNet's graph. Any
 * operation of {@code prediction.getSameDiff()} may be used; ND4J differentiates most of them rightly, so a loss of one's
 * own wants a check against difference quotients.
 *
 * <p>Graphs are kept by loss: one that is equal, such as the same constant or an equal record, is not built again.
 */
@FunctionalInterface
public interface Loss {

    /** The mean of the squared differences. */
    Loss SQUARED_ERROR =
            (prediction, target) -> perPicture(prediction.getSameDiff().math.square(prediction.sub(target)));

    /**
     * Adds the loss to a graph.
     *
     * @param prediction {@code [batch, outChannels, height, width]}
     * @param target of the same shape
     * @return the loss of each picture, {@code [batch]}; {@link #perPicture} makes it of a loss for each element
     */
    SDVariable of(SDVariable prediction, SDVariable target);

    /**
     * The mean of each picture. Side by side, as one long sum in float32 would lose two digits.
     *
     * @param elements {@code [batch, channels, height, width]}
     * @return {@code [batch]}
     */
    static SDVariable perPicture(SDVariable elements) {
        return elements.mean(false, 3).mean(false, 2).mean(false, 1);
    }
}

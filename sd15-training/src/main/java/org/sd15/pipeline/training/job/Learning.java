package org.sd15.pipeline.training.job;

import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.sd15.attention.graph.Adapters;
import org.sd15.attention.graph.Weights;
import org.sd15.pipeline.random.TorchRandom;
import org.sd15.pipeline.training.AdaptedLayers;
import org.sd15.pipeline.training.LoraInitialization;
import org.sd15.pipeline.training.UNetTraining;

/** Which parameters of a model's parts learn by a method, and what they start from. */
record Learning(Method method) {

    Predicate<String> inUNet() {
        if (method instanceof Method.Full full) {
            return full.trained();
        }
        return method instanceof Method.Lora ? AdaptedLayers::isLora : name -> false;
    }

    Predicate<String> inTextEncoder() {
        if (method instanceof Method.Full full) {
            return full.text()::trains;
        }
        return method instanceof Method.Lora ? AdaptedLayers::isLora : name -> false;
    }

    Adapters unetAdapters() {
        return method instanceof Method.Lora lora ? Adapters.on(lora.modules(), lora.addition()) : Adapters.NONE;
    }

    Adapters textAdapters() {
        return method instanceof Method.Lora lora ? Adapters.on(lora::inTextEncoder, lora.addition()) : Adapters.NONE;
    }

    /** Weights of which those that learn can be written to. */
    UnaryOperator<Weights> own(Predicate<String> trained, TorchRandom random) {
        return weights -> method instanceof Method.Lora
                ? LoraInitialization.over(weights, random)
                : UNetTraining.ownCopies(weights, trained);
    }
}

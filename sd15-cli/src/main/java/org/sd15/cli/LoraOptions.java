package org.sd15.cli;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.sd15.attention.graph.LowRank;
import org.sd15.importer.lora.LoraFormat;
import org.sd15.pipeline.training.AdaptedLayers;
import org.sd15.pipeline.training.job.Method;
import picocli.CommandLine.Option;

/** What a LoRA is like. */
final class LoraOptions {

    @Option(names = "--rank", paramLabel = "R", description = "Rank of the LoRA (default: 4).")
    @InRange(from = 1)
    private @Nullable Integer rank;

    @Option(names = "--alpha", paramLabel = "A", description = "Alpha of the LoRA (default: the rank).")
    @InRange
    private @Nullable Double alpha;

    @Option(
            names = "--targets",
            defaultValue = "attention",
            description = "Which layers learn: attention (diffusers' 128), cross-attention, transformers (kohya's 192),"
                    + " all, or ends of paths (default: attention).")
    private String targets = "attention";

    @Option(names = "--train-text-encoder", description = "The attentions of the text encoder learn too.")
    private boolean trainTextEncoder;

    @Option(names = "--init-lora", paramLabel = "FILE", description = "A LoRA to start from.")
    private @Nullable Path start;

    @Option(
            names = "--format",
            paramLabel = "peft|diffusers|kohya",
            defaultValue = "peft",
            description =
                    "How the file's tensors are named: as PEFT and diffusers, as diffusers before 2024, or as kohya's"
                            + " scripts and the web UI (default: peft).")
    private LoraFormat format = LoraFormat.PEFT;

    private static final int USUAL_RANK = 4;

    boolean isAsked() {
        return rank != null;
    }

    boolean trainsTextEncoder() {
        return trainTextEncoder;
    }

    String targets() {
        return targets;
    }

    /** How the file's tensors are named. */
    LoraFormat format() {
        return format;
    }

    @Nullable
    Path start() {
        return start;
    }

    Method.Lora method() {
        int wanted = rank == null ? USUAL_RANK : rank;
        if (alpha != null && alpha == 0) {
            throw new IllegalArgumentException("--alpha is 0: what is learnt is multiplied by it, nothing would be");
        }
        LowRank addition = new LowRank(wanted, alpha == null ? wanted : alpha);
        return new Method.Lora(addition, AdaptedLayers.of(targets), trainTextEncoder);
    }
}

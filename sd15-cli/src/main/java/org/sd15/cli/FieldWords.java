package org.sd15.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.sd15.importer.names.NearestName;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * What options are called in other programs: the web UI, diffusers' and kohya's scripts, the first scripts of Stable
 * Diffusion. Where a command has such an option, its name is put in the place of the other one; where none does the same,
 * there is a line that says what to do.
 */
final class FieldWords {

    /** A word of the field, and our names for it: the first that a command has. Hyphens stand for underscores too. */
    private static final Map<String, List<String>> NAMES = names("""
            cfg-scale guidance-scale cfg scale l-scale = guidance
            sampler sampler-name sampling-method scheduler-type = scheduler
            negative-prompt neg n-prompt = negative
            n num-images num-images-per-prompt batch-count n-iter n-samples images-per-prompt = count
            num-inference-steps inference-steps sampling-steps ddim-steps ddim-num-inference-steps = steps
            p = prompt
            w W = width
            h H = height
            init-image init-img input-image image-path i = image
            denoising-strength denoise = strength
            mask-image image-mask = mask
            mask-padding inpaint-full-res = only-masked
            inpainting-mask-invert = invert-mask
            mask-dilation = mask-grow
            ckpt checkpoint model-id model-path pretrained-model-name-or-path sd-model m = model
            outdir output-dir out o outpath images-output = output
            lora-weights network-weights lora-path networks = lora
            textual-inversion-embeddings embeddings = embedding
            cross-replace-steps = cross-steps
            self-replace-steps = self-steps
            image-guidance-scale cfg-image = image-guidance
            source-prompt = source
            target-prompt edit-prompt = target
            editing-prompt = edit
            edit-guidance-scale = edit-guidance
            edit-warmup-steps = warmup
            token-indices = words
            mixed-precision dtype = precision dtype
            device-threads = threads
            train-data-dir instance-data-dir dataset = data
            max-train-steps = train-steps
            train-batch-size batch-size = batch count
            gradient-accumulation-steps = accumulate
            lr unet-lr = learning-rate
            lr-scheduler = schedule
            lr-warmup-steps = warmup
            network-dim dim lora-rank = rank
            network-alpha lora-alpha = alpha
            snr-gamma min-snr-gamma = min-snr
            noise-offset = offset-noise
            checkpointing-steps save-every-n-steps = checkpoint-every
            validation-prompts sample-prompts = validation-prompt
            sample-every-n-steps = validation-every
            adam-weight-decay = weight-decay
            random-flip flip-aug = flip
            class-data-dir reg-data-dir = class-data
            num-class-images = class-pictures
            prior-loss-weight = prior-weight
            placeholder-token token-string = token
            initializer-token init-word = initializer
            num-vectors num-vectors-per-token = vectors
            cache-latents = cache
            network-init = init-lora
            ckpt-dir = models
            lora-dir = loras
            embeddings-dir = embeddings
            caption-dropout-rate = caption-dropout
            """);

    /** What can't be said by another name: a line on what to do instead. */
    private static final Map<String, String> ADVICE = Map.ofEntries(
            Map.entry("xformers", "attention never holds its map here; leave it out"),
            Map.entry("enable-xformers-memory-efficient-attention", "attention never holds its map here; leave it out"),
            Map.entry("opt-sdp-attention", "attention never holds its map here; leave it out"),
            Map.entry("medvram", "weights are mapped from their files; leave it out"),
            Map.entry("lowvram", "weights are mapped from their files; leave it out"),
            Map.entry("no-half", "computing is in float32 unless --precision bfloat16 is given; leave it out"),
            Map.entry("fp16", "CPUs compute in float32, or with --precision bfloat16"),
            Map.entry("use-8bit-adam", "AdamW's moments are float32 here; leave it out"),
            Map.entry("network-mul", "a LoRA's scale follows its file: --lora FILE:0.8"),
            Map.entry("network-module", "train lora trains a LoRA; leave it out"),
            Map.entry("num-train-epochs", "steps are counted here: --train-steps N"),
            Map.entry("max-train-epochs", "steps are counted here: --train-steps N"),
            Map.entry("output-name", "the file is named whole: --output my-lora.safetensors"),
            Map.entry("save-model-as", "files are safetensors; leave it out"),
            Map.entry("resume-from-checkpoint", "the last checkpoint is found by itself: --resume"),
            Map.entry("with-prior-preservation", "prior preservation begins with --class-prompt"),
            Map.entry("enable-hr", "draw, then go on from the larger picture: generate --image out/0.png --resize 768"),
            Map.entry("restore-faces", "there is no such model here; inpaint a face: --mask FILE --only-masked"),
            Map.entry("api", "serve has its API at all times; leave it out"),
            Map.entry("listen", "give the address: serve --host 0.0.0.0"),
            Map.entry("tiling", "there is no tiling here"),
            Map.entry("controlnet", "there is no ControlNet here"));

    private FieldWords() {}

    private static Map<String, List<String>> names(String table) {
        Map<String, List<String>> names = new TreeMap<>();
        for (String line : table.lines().toList()) {
            String[] sides = line.split(" = ", -1);
            for (String word : sides[0].split(" ", -1)) {
                names.put(word, List.of(sides[1].split(" ", -1)));
            }
        }
        return names;
    }

    /** Arguments with this program's names. */
    static String[] translated(CommandSpec root, String... arguments) {
        CommandSpec command = root;
        List<String> translated = new ArrayList<>();
        boolean value = false;
        boolean options = true;
        for (String argument : arguments) {
            options &= value || !argument.equals("--");
            if (value || !options) {
                translated.add(argument);
                value = false;
                continue;
            }
            if (command.subcommands().containsKey(argument)) {
                command = command.subcommands().get(argument).getCommandSpec();
            }
            List<String> ours = translated(command, argument);
            OptionSpec last = ours.size() == 1 ? command.findOption(ours.get(0)) : null;
            value = last != null && last.arity().min() > 0; // what follows is no option, whatever it looks like
            translated.addAll(ours);
        }
        return translated.toArray(String[]::new);
    }

    private static List<String> translated(CommandSpec command, String argument) {
        if (!argument.startsWith("-") || argument.length() < 2) {
            return List.of(argument);
        }
        int equals = argument.indexOf('=');
        String typed = equals < 0 ? argument : argument.substring(0, equals);
        String rest = equals < 0 ? "" : argument.substring(equals);
        if (command.findOption(typed) != null) {
            return List.of(argument);
        }
        String word = word(typed);
        switch (word) {
            case "bf16":
                return List.of("--precision", "bfloat16");
            case "plms", "pndm":
                return List.of("--scheduler", "pndm");
            case "dpm-solver":
                return List.of("--scheduler", "dpm++2m");
            default:
                OptionSpec ours = ours(command, word);
                return List.of(ours == null ? argument : ours.longestName() + rest);
        }
    }

    /** Without hyphens at the front, with hyphens inside; the letter's case matters in -h and -H alone. */
    private static String word(String typed) {
        String bare = typed.replaceFirst("^-+", "").replace('_', '-');
        return bare.length() == 1 ? bare : bare.toLowerCase(Locale.ROOT);
    }

    private static @Nullable OptionSpec ours(CommandSpec command, String word) {
        OptionSpec same = command.findOption("--" + word);
        if (same != null && !word.equals("clip-skip")) { // which counts from 1 elsewhere
            return same;
        }
        return NAMES.getOrDefault(word, List.of()).stream()
                .flatMap(name -> Optional.ofNullable(command.findOption("--" + name)).stream())
                .findFirst()
                .orElse(null);
    }

    /** A line on an option that a command does not have: what it is called here, or the nearest. */
    static String unknown(CommandSpec command, String argument) {
        String typed = argument.contains("=") ? argument.substring(0, argument.indexOf('=')) : argument;
        String word = word(typed);
        String name = command.qualifiedName(" ");
        String help = "\"%s --help\" lists all".formatted(name);
        if (word.equals("clip-skip") && command.findOption("--clip-skip") != null) {
            return "%s: counts from 1 where it is spelt so; here --clip-skip 1 leaves one layer out, which is 2 there"
                    .formatted(typed);
        }
        String advice = ADVICE.get(word);
        if (advice != null) {
            return "%s: %s".formatted(typed, advice);
        }
        String nearest = nearest(command, typed);
        return nearest == null
                ? "%s has no option %s; %s".formatted(name, typed, help)
                : "%s has no option %s, did you mean %s? %s".formatted(name, typed, nearest, help);
    }

    private static @Nullable String nearest(CommandSpec command, String typed) {
        List<String> options = new ArrayList<>();
        command.options().forEach(option -> options.addAll(List.of(option.names())));
        String near = NearestName.of(typed, options);
        if (near != null) {
            return near;
        }
        String foreign = NearestName.of(word(typed), NAMES.keySet());
        OptionSpec ours = foreign == null || foreign.length() < 3 ? null : ours(command, foreign);
        return ours == null ? null : ours.longestName();
    }
}

package org.sd15.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.sd15.importer.tensor.DType;
import org.sd15.pipeline.model.ModelConversion;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Turns a model's files into another kind. */
@Command(
        name = "convert",
        footer = {
            "sd15 convert model.ckpt my-model",
            "sd15 convert my-model model.safetensors --dtype F16 --lora style.safetensors:0.8"
        },
        description = "Diffusers folder to single file and back; another number format; LoRAs merged.",
        mixinStandardHelpOptions = true)
final class ConvertCommand implements Callable<Integer>, Checked {

    @Parameters(index = "0", paramLabel = "IN", description = "Diffusers folder or single-file checkpoint.")
    private Path in = Path.of("");

    @Parameters(
            index = "1",
            paramLabel = "OUT",
            description = "A name that ends with .safetensors for a single file, else a new folder.")
    private Path out = Path.of("");

    @Option(
            names = "--dtype",
            paramLabel = "TYPE",
            description = "float32, float16 or bfloat16 (default: each weight as it is).")
    private @Nullable String dtype;

    @Option(
            names = "--lora",
            paramLabel = "FILE[:scale]",
            description = "A LoRA to merge (LoHa, LoKr, DoRA, (IA)3, OFT too), or the folder of one, with its scale"
                    + " (default: 1); repeatable.")
    private List<String> loras = List.of();

    @Mixin
    private SourceOptions source = new SourceOptions();

    @Override
    public void check() {
        LoraOption.requireReadable(loras);
    }

    @Override
    public Integer call() throws Exception {
        source.addTo(new InputFiles()).requireThere();
        ModelConversion conversion = ModelConversion.of(source.of(in));
        if (dtype != null) {
            conversion.dtype(format(dtype));
        }
        for (String lora : loras) {
            LoraOption option = LoraOption.parse(lora);
            conversion.lora(option.file(), option.scale());
        }
        if (out.toString().isBlank()) {
            throw new IllegalArgumentException("OUT is empty; give the name of a file or a folder");
        }
        if (out.toString().matches("(?i).*\\.(ckpt|pt|pth|bin)")) {
            throw new IllegalArgumentException(
                    "OUT %s: models are written as safetensors; give a name that ends with .safetensors, or a folder"
                            .formatted(out));
        }
        conversion.write(out).forEach(Console::result);
        return 0;
    }

    private static DType format(String name) {
        return switch (name.toLowerCase(Locale.ROOT)) {
            case "float32", "fp32", "f32" -> DType.F32;
            case "float16", "fp16", "f16" -> DType.F16;
            case "bfloat16", "bf16" -> DType.BF16;
            default ->
                throw new IllegalArgumentException(
                        "--dtype is \"%s\", must be float32, float16 or bfloat16".formatted(name));
        };
    }
}

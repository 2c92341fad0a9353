package org.sd15.cli;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.pipeline.model.ModelFiles;
import org.sd15.pipeline.text.ClipTextEncoder;
import org.sd15.pipeline.vae.DiagonalGaussian;
import org.sd15.pipeline.vae.Vae;
import org.sd15.unet.UNet;
import org.sd15.unet.UNetGradients;
import org.sd15.unet.UNetInput;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Runs one component on tensors. */
@Command(
        name = "run",
        footer = {
            "sd15 run unet --inputs in.safetensors --dump out.safetensors",
            "sd15 run unet --inputs in.safetensors --dump out.safetensors --gradients"
        },
        description = "Run one component on the tensors of a safetensors file.",
        mixinStandardHelpOptions = true)
final class RunCommand implements Callable<Integer> {

    private enum Network {
        UNET,
        TEXT,
        VAE_ENCODE,
        VAE_DECODE;

        /** As it is written on the command line. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    @Mixin
    private ModelOptions model = new ModelOptions();

    @Parameters(
            paramLabel = "COMPONENT",
            description = "unet (sample, timestep, context), text (ids), vae-encode (image, -1 to 1) or vae-decode"
                    + " (latents, unscaled).")
    private Network component = Network.UNET;

    @Option(names = "--inputs", required = true, paramLabel = "FILE", description = "The tensors that go in.")
    private Path inputs = Path.of("");

    @Option(names = "--dump", required = true, paramLabel = "FILE", description = "The output tensors.")
    private Path dump = Path.of("");

    @Option(
            names = "--gradients",
            description = "unet: also the gradients of mean((out - target)^2) for every parameter, sample and context.")
    private boolean gradients;

    @Override
    public Integer call() throws Exception {
        if (gradients && component != Network.UNET) {
            throw new IllegalArgumentException("--gradients is for the unet");
        }
        InputFiles read = model.inputs().file("--inputs", inputs);
        read.requireThere();
        OutputFiles.requireDump(dump, read);
        Map<String, INDArray> in = Tensors.readAll(inputs);
        try (ModelFiles files = model.open()) {
            Map<String, INDArray> out = switch (component) {
                case UNET -> unet(files, in);
                case TEXT -> text(files, in);
                case VAE_ENCODE -> encode(files, in);
                case VAE_DECODE -> decode(files, in);
            };
            Tensors.write(dump, out);
        }
        Console.result(dump);
        return 0;
    }

    private Map<String, INDArray> unet(ModelFiles files, Map<String, INDArray> in) throws Exception {
        INDArray sample = require(in, "sample");
        double[] timesteps =
                require(in, "timestep").castTo(DataType.DOUBLE).data().asDouble();
        INDArray context = require(in, "context");
        INDArray target = gradients ? require(in, "target") : null;
        UNetInput input = timesteps.length == 1
                ? UNetInput.of(sample, timesteps[0], context)
                : new UNetInput(sample, timesteps, context);
        Map<String, INDArray> out = new LinkedHashMap<>();
        try (UNet unet = files.unet()) {
            out.put("out", unet.predict(input));
            if (target != null) {
                UNetGradients found = unet.gradient(input, target, name -> true);
                out.put("loss", Nd4j.scalar((float) found.loss()));
                out.put("grad.sample", found.sample());
                out.put("grad.context", found.context());
                found.parameters().forEach((name, gradient) -> out.put("grad." + name, gradient));
            }
        }
        return out;
    }

    private Map<String, INDArray> text(ModelFiles files, Map<String, INDArray> in) throws Exception {
        INDArray ids = require(in, "ids");
        int[][] rows = (ids.rank() == 1 ? ids.reshape(1, ids.length()) : ids)
                .castTo(DataType.INT32)
                .toIntMatrix();
        try (ClipTextEncoder encoder = files.textEncoder()) {
            return Map.of("out", encoder.encode(rows));
        }
    }

    private Map<String, INDArray> encode(ModelFiles files, Map<String, INDArray> in) throws Exception {
        INDArray image = require(in, "image");
        try (Vae vae = files.vae()) {
            DiagonalGaussian latents = vae.encode(image);
            return Map.of("mean", latents.mean(), "logvar", latents.logVariance());
        }
    }

    private Map<String, INDArray> decode(ModelFiles files, Map<String, INDArray> in) throws Exception {
        INDArray latents = require(in, "latents");
        try (Vae vae = files.vae()) {
            return Map.of("out", vae.decode(latents));
        }
    }

    private INDArray require(Map<String, INDArray> tensors, String key) {
        INDArray tensor = tensors.get(key);
        if (tensor == null) {
            throw new IllegalArgumentException(
                    "%s has no tensor %s, only %s".formatted(inputs, key, String.join(", ", tensors.keySet())));
        }
        return tensor;
    }
}

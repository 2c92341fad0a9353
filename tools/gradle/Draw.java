import java.nio.file.Path;
import java.util.Arrays;
import org.sd15.attention.fused.FusedExecution;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.denoise.GenerationRequest;

/** Draws with a model: two steps. */
final class Draw {

    private Draw() {}

    /** Takes the folder of the model. */
    public static void main(String[] arguments) throws Exception {
        try (StableDiffusion model = StableDiffusion.load(Path.of(arguments[0]))) {
            var latents =
                    GenerationRequest.of("a red star").steps(2).build().on(model).finish();
            System.out.printf(
                    "%s: %s%n", FusedExecution.orNative().name(), Arrays.toString(latents.shape()));
        }
    }
}

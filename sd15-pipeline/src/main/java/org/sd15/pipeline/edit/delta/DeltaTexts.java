package org.sd15.pipeline.edit.delta;

import java.util.List;
import java.util.stream.Stream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.pipeline.denoise.ConstantTexts;
import org.sd15.pipeline.denoise.Guidance;
import org.sd15.pipeline.denoise.RunSettings;
import org.sd15.pipeline.denoise.RunTexts;
import org.sd15.pipeline.model.Components;
import org.sd15.pipeline.prompt.EditedText;
import org.sd15.pipeline.prompt.PromptStyle;
import org.sd15.pipeline.prompt.WebuiPrompt;

/**
 * Text states of Delta Denoising Score.
 *
 * @param model encodes
 * @param request how prompts are written, guidance and iterations
 */
record DeltaTexts(Components model, DeltaDenoisingRequest request) {

    /** The text states of prompts, of the length of others. */
    RunTexts of(List<String> prompts, List<String> others) {
        PromptStyle style = request.promptStyle();
        Guidance guidance = request.guidance();
        if (style == PromptStyle.WEBUI
                && Stream.of(prompts, others).flatMap(List::stream).anyMatch(DeltaTexts::composes)) {
            prompts.forEach(DeltaTexts::requireConstant);
            RunSettings settings = RunSettings.DEFAULT
                    .promptStyle(style)
                    .guidance(guidance.scale())
                    .guidanceRescale(guidance.rescale());
            return RunTexts.composed(model, settings, prompts);
        }
        ConstantTexts texts = new ConstantTexts(model, style);
        int tokens = Math.max(texts.tokens(prompts), texts.tokens(others));
        INDArray conditional = texts.encode(prompts, 0, tokens);
        if (!guidance.guided()) {
            return RunTexts.constant(guidance, conditional);
        }
        List<String> empty = prompts.stream().map(prompt -> "").toList();
        return RunTexts.constant(guidance, Nd4j.concat(0, texts.encode(empty, 0, tokens), conditional));
    }

    private static boolean composes(String prompt) {
        List<WebuiPrompt.Part> parts = WebuiPrompt.parse(prompt).effective();
        return parts.size() > 1 || parts.get(0).weight() != 1;
    }

    private static void requireConstant(String prompt) {
        if (WebuiPrompt.parse(prompt).effective().stream()
                .anyMatch(part -> !(part.text() instanceof EditedText.Constant))) {
            throw new IllegalArgumentException(
                    "\"%s\" says other things at other steps: levels of noise come in no order here; write one text"
                            .formatted(prompt));
        }
    }
}

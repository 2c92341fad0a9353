package org.sd15.pipeline.edit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.sd15.pipeline.ShapesModel.CIRCLE;
import static org.sd15.pipeline.ShapesModel.STAR;
import static org.sd15.pipeline.ShapesModel.noise;
import static org.sd15.testing.Closeness.assertSameBits;
import static org.sd15.testing.Closeness.largestDifference;

import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.pipeline.ShapesModel;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.denoise.EditMethod;
import org.sd15.pipeline.denoise.EditProgram;
import org.sd15.pipeline.denoise.GenerationRequest;
import org.sd15.pipeline.edit.prompt.EditRequest;
import org.sd15.pipeline.edit.prompt.PromptToPrompt;
import org.sd15.pipeline.edit.zero.EditDirection;
import org.sd15.pipeline.heatmap.HeatMapRequest;
import org.sd15.pipeline.inversion.GivenPicture;
import org.sd15.pipeline.inversion.InversionMethod;
import org.sd15.pipeline.prompt.PromptStyle;
import org.sd15.pipeline.schedule.DdimScheduler;
import org.sd15.pipeline.words.EditPrompts;

/** Methods in runs whose prompts have several chunks, and prompts that are no one text. */
class StyledRunsTest {

    private static StableDiffusion model;

    @BeforeAll
    static void load() {
        model = ShapesModel.load();
    }

    @AfterAll
    static void close() {
        model.close();
    }

    /** The negative prompt makes the text states of the run longer than the prompts of the method. */
    @Test
    void aMethodOfShortPromptsIsInARunOfLongOnes() {
        EditPrompts prompts = EditPrompts.of(CIRCLE, List.of(STAR), model.tokenizer()::encode);
        INDArray plain = draw(EditProgram.NONE);
        INDArray edited = draw(PromptToPrompt.of(prompts));

        assertSameBits("source", edited.slice(0), plain.slice(0));
        assertThat(largestDifference(edited.slice(1), plain.slice(1))).isGreaterThan(1e-2);
    }

    private static INDArray draw(EditMethod method) {
        return GenerationRequest.of(CIRCLE, STAR)
                .negative("green BREAK yellow")
                .latents(Nd4j.concat(0, noise(), noise()))
                .steps(4)
                .scheduler(new DdimScheduler(model.components().schedulerConfig()))
                .promptStyle(PromptStyle.WEBUI)
                .with(method)
                .build()
                .on(model)
                .finish();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            a AND b                  | WEBUI  | composes several prompts by AND; that is for drawing
            (circle, star).blend(1,1)| COMPEL | words can't be found in a .blend()
            """)
    void refusesWhatIsNoOneText(String prompt, PromptStyle style, String message) {
        assertThatThrownBy(() -> EditRequest.of(prompt, STAR)
                        .sampling(usual -> usual.promptStyle(style))
                        .on(model))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
        assertThatThrownBy(() -> HeatMapRequest.of(prompt)
                        .sampling(usual -> usual.promptStyle(style))
                        .on(model))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }

    /** A picture is inverted, and a direction is found, under one text. */
    @Test
    void refusesASchedule() {
        INDArray picture = Nd4j.zeros(DataType.FLOAT, 1, 3, 64, 64);
        assertThatThrownBy(() -> EditRequest.of("[a:b:2]", STAR)
                        .picture(new GivenPicture(picture, InversionMethod.DDIM, 0))
                        .sampling(usual -> usual.steps(4).promptStyle(PromptStyle.WEBUI))
                        .on(model))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("\"[a:b:2]\" says other things at other steps");
        assertThatThrownBy(() -> EditDirection.between(model, PromptStyle.WEBUI, List.of("[a:b:2]"), List.of(STAR)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("\"[a:b:2]\" says other things at other steps");
    }
}

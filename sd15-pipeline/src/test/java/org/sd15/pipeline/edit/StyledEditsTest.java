package org.sd15.pipeline.edit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.sd15.pipeline.ShapesModel.CIRCLE;
import static org.sd15.pipeline.ShapesModel.STAR;
import static org.sd15.pipeline.ShapesModel.noise;
import static org.sd15.testing.Closeness.assertClose;
import static org.sd15.testing.Closeness.assertSameBits;
import static org.sd15.testing.Closeness.largestDifference;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.pipeline.ShapesModel;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.denoise.Grid;
import org.sd15.pipeline.denoise.RunSettings;
import org.sd15.pipeline.edit.attend.AttendRequest;
import org.sd15.pipeline.edit.delta.DeltaDenoisingRequest;
import org.sd15.pipeline.edit.ledits.Concept;
import org.sd15.pipeline.edit.ledits.LeditsEditing;
import org.sd15.pipeline.edit.ledits.LeditsRequest;
import org.sd15.pipeline.edit.masactrl.MasaCtrl.Foreground;
import org.sd15.pipeline.edit.masactrl.MasaCtrlRequest;
import org.sd15.pipeline.edit.prompt.Blend;
import org.sd15.pipeline.edit.prompt.EditRequest;
import org.sd15.pipeline.edit.zero.EditDirection;
import org.sd15.pipeline.edit.zero.Pix2PixZeroRequest;
import org.sd15.pipeline.heatmap.HeatMapRequest;
import org.sd15.pipeline.inversion.GivenPicture;
import org.sd15.pipeline.inversion.Inversion;
import org.sd15.pipeline.inversion.InversionMethod;
import org.sd15.pipeline.inversion.InversionRequest;
import org.sd15.pipeline.inversion.NoiseMapInverter;
import org.sd15.pipeline.prompt.PromptStyle;
import org.sd15.pipeline.words.Conformance;
import org.sd15.testing.Rule;

/**
 * All methods with prompts as they are written. A prompt twice, in two chunks, is the prompt once: every key of the cross
 * attention is there twice, with half of its attention each.
 */
class StyledEditsTest {

    private static final UnaryOperator<String> TWICE = prompt -> prompt + " BREAK " + prompt;
    private static final int STEPS = 3;

    private static final Map<Method, INDArray> PLAIN = new EnumMap<>(Method.class);

    private static StableDiffusion model;
    private static INDArray picture;
    private static EditDirection direction;

    enum Method {
        PROMPT_TO_PROMPT,
        REFINED,
        GIVEN_PICTURE,
        MASACTRL,
        LEDITS,
        DELTA_DENOISING,
        HEAT_MAP,
        ATTEND,
        PIX2PIX_ZERO
    }

    @BeforeAll
    static void load() {
        model = ShapesModel.load();
        picture = Rule.picture("styled.picture", DataType.FLOAT, 1, 3, 64, 64)
                .add(1)
                .div(2);
        direction = EditDirection.between(model, List.of(CIRCLE), List.of(STAR));
    }

    @AfterAll
    static void close() {
        model.close();
    }

    @ParameterizedTest
    @EnumSource
    void promptsWithoutBracketsHaveTheBitsOfPlainOnes(Method method) {
        INDArray plain = plain(method);

        assertSameBits("webui", draw(method, PromptStyle.WEBUI, UnaryOperator.identity()), plain);
        assertSameBits("compel", draw(method, PromptStyle.COMPEL, UnaryOperator.identity()), plain);
        INDArray weighted = draw(method, PromptStyle.WEBUI, prompt -> prompt.replace("large", "(large:1.4)"));
        assertThat(largestDifference(weighted, plain)).isGreaterThan(1e-3);
    }

    @ParameterizedTest
    @EnumSource(
            mode = Mode.EXCLUDE,
            names = {"ATTEND", "PIX2PIX_ZERO"})
    void aPromptTwiceIsThePromptOnce(Method method) {
        INDArray plain = plain(method);

        assertClose(method.name(), draw(method, PromptStyle.WEBUI, TWICE), plain, 1e-4);
    }

    /** The order of keys makes no difference to attention. */
    @ParameterizedTest
    @EnumSource
    void chunksMayChangePlaces(Method method) {
        INDArray before = draw(method, PromptStyle.WEBUI, prompt -> "a (dark:1.2) one BREAK " + prompt);
        INDArray behind = draw(method, PromptStyle.WEBUI, prompt -> prompt + " BREAK a (dark:1.2) one");

        assertClose(method.name(), behind, before, 1e-4);
        assertThat(largestDifference(before, plain(method))).isGreaterThan(1e-3);
    }

    /** The edit by plain prompts, which is made once. */
    private static INDArray plain(Method method) {
        return PLAIN.computeIfAbsent(method, made -> draw(made, PromptStyle.PLAIN, UnaryOperator.identity()));
    }

    private static INDArray draw(Method method, PromptStyle style, UnaryOperator<String> written) {
        UnaryOperator<RunSettings> settings =
                usual -> usual.steps(STEPS).latents(noise()).promptStyle(style);
        UnaryOperator<RunSettings> inverted = usual -> usual.steps(STEPS).promptStyle(style);
        String circle = written.apply(CIRCLE);
        String star = written.apply(STAR);
        return switch (method) {
            case PROMPT_TO_PROMPT ->
                EditRequest.of(circle, star)
                        .edit(edit -> edit.weight("star", 2)
                                .blend(Blend.of("circle", "star").resolution(new Grid(8, 8))))
                        .sampling(settings)
                        .on(model)
                        .run()
                        .finish();
            case REFINED ->
                EditRequest.of(circle, written.apply("a large red and green circle on a gray background"))
                        .sampling(settings)
                        .on(model)
                        .run()
                        .finish();
            case GIVEN_PICTURE ->
                EditRequest.of(circle, star)
                        .picture(new GivenPicture(picture, InversionMethod.EDIT_FRIENDLY, 0))
                        .sampling(inverted)
                        .on(model)
                        .run()
                        .finish();
            case MASACTRL ->
                MasaCtrlRequest.of(circle, star)
                        .control(usual -> usual.fromStep(1).foreground(new Foreground.Words("circle", "star", 0.1)))
                        .sampling(settings)
                        .on(model)
                        .run()
                        .finish();
            case LEDITS -> ledits(style, circle, star, 0).run().finish();
            case DELTA_DENOISING ->
                DeltaDenoisingRequest.of(circle, star, picture)
                        .iterations(2)
                        .promptStyle(style)
                        .on(model)
                        .finish();
            case HEAT_MAP -> heatMaps(circle, settings);
            case ATTEND ->
                AttendRequest.of(circle, List.of("circle"))
                        .method(usual -> usual.attempts(1))
                        .sampling(settings)
                        .on(model)
                        .run()
                        .finish();
            case PIX2PIX_ZERO ->
                Pix2PixZeroRequest.of(circle, direction)
                        .sampling(settings)
                        .on(model)
                        .finish();
        };
    }

    /** The shares of the words: what is divided by the sum over all words is the same for one chunk and for two. */
    private static INDArray heatMaps(String prompt, UnaryOperator<RunSettings> settings) {
        var run = HeatMapRequest.of(prompt).sampling(settings).on(model);
        INDArray latents = run.run().finish();
        var maps = run.maps().normalized();
        double tokens = maps.prompt().tokens("circle").size();
        INDArray circle = Nd4j.createFromArray(maps.word("circle").values()).mul(tokens);
        return Nd4j.concat(0, latents.ravel(), circle);
    }

    private static LeditsEditing ledits(PromptStyle style, String source, String concept, int tokens) {
        Inversion inversion = new InversionRequest(
                        NoiseMapInverter.leditsPlusPlus(0.1, 3.5, Conformance.CORRECTED),
                        picture,
                        List.of(source),
                        RunSettings.DEFAULT.steps(STEPS).promptStyle(style))
                .tokens(tokens)
                .on(model);
        return LeditsRequest.of(inversion, Concept.add(concept))
                .promptStyle(style)
                .on(model);
    }

    /** The noise maps lead back only under text states of the length that they were found under. */
    @Test
    void anInversionHasTheTokensOfItsEdit() {
        for (String concept : List.of(STAR, TWICE.apply(STAR))) {
            LeditsEditing editing = ledits(PromptStyle.WEBUI, CIRCLE, concept, 154);
            assertThat(editing.reconstruction().largestLatentDifference())
                    .as(concept)
                    .isLessThan(1e-5);
        }
        assertThatThrownBy(() -> ledits(PromptStyle.WEBUI, CIRCLE, TWICE.apply(STAR), 0))
                .hasMessage(
                        "the picture was inverted with text states of 77 tokens, the prompts of the edit have 154: invert it with 154");
        INDArray edited = EditRequest.of(CIRCLE, TWICE.apply(STAR))
                .picture(new GivenPicture(picture, InversionMethod.EDIT_FRIENDLY, 0))
                .sampling(usual -> usual.steps(STEPS).promptStyle(PromptStyle.WEBUI))
                .on(model)
                .run()
                .finish();
        INDArray given =
                model.vae().scale(model.vae().encode(picture.mul(2).sub(1)).mode());
        assertClose("the picture comes back", edited.slice(0), given.slice(0), 1e-4);
    }

    /** Without the guidance by maps, whose sum of squares is of more keys. */
    @Test
    void aDirectionOfOneChunkIsAddedToEach() {
        INDArray plain = along(direction, PromptStyle.PLAIN, CIRCLE);
        assertClose("twice", along(direction, PromptStyle.WEBUI, TWICE.apply(CIRCLE)), plain, 1e-4);
        EditDirection longer = EditDirection.between(
                model, PromptStyle.WEBUI, List.of(TWICE.apply(CIRCLE)), List.of(TWICE.apply(STAR)));
        assertClose("two chunks", along(longer, PromptStyle.WEBUI, TWICE.apply(CIRCLE)), plain, 1e-4);
        assertThat(largestDifference(along(longer, PromptStyle.WEBUI, CIRCLE).slice(1), plain.slice(1)))
                .as("the empty chunk moves too")
                .isGreaterThan(1e-3);
        EditDirection odd = new EditDirection(Nd4j.zeros(DataType.FLOAT, 100, 128));
        assertThatThrownBy(() -> along(odd, PromptStyle.WEBUI, TWICE.apply(CIRCLE)))
                .hasMessage("the direction is of 100 tokens, the text states have 154: it must be of as many, or of one"
                        + " chunk, 77");
    }

    private static INDArray along(EditDirection given, PromptStyle style, String prompt) {
        return Pix2PixZeroRequest.of(prompt, given)
                .amount(0)
                .sampling(usual -> usual.steps(STEPS).latents(noise()).promptStyle(style))
                .on(model)
                .finish();
    }
}

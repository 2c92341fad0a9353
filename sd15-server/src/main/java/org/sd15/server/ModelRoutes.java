package org.sd15.server;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.sd15.pipeline.edit.prompt.AlignmentMode;
import org.sd15.pipeline.edit.prompt.PromptAlignment;
import org.sd15.pipeline.image.GenerationParameters;
import org.sd15.pipeline.image.PictureParameters;
import org.sd15.pipeline.prompt.PromptStyle;
import org.sd15.pipeline.schedule.SamplerName;
import org.sd15.pipeline.schedule.Schedulers;
import org.sd15.pipeline.text.ClipTokenizer;
import org.sd15.pipeline.words.PromptWords;
import org.sd15.server.http.Call;
import org.sd15.server.http.Front;
import org.sd15.server.http.HttpProblem;
import org.sd15.server.job.FieldProblem;
import org.sd15.server.job.Fields;
import org.sd15.server.job.LearntWord;
import org.sd15.server.job.Limits;
import org.sd15.server.job.LoadedModel;
import org.sd15.server.job.ModelShelf;
import org.sd15.server.job.TaskReader;
import org.sd15.server.job.WordsView;
import org.sd15.shapes.EmbeddedModel;

/** {@code /api/model}, {@code /api/words}, {@code /api/png-info} and the document of all routes. */
record ModelRoutes(ModelShelf shelf, TaskReader reader, Limits limits) {

    /** What the command line calls the model that comes with it. */
    private static final String EMBEDDED = "embedded";

    void addTo(Front front) {
        front.on("GET", "/api/model", call -> call.answer(200, model()));
        front.on("POST", "/api/model", this::select);
        front.on("POST", "/api/words", this::words);
        front.on("POST", "/api/png-info", this::pngInfo);
        front.on("GET", "/openapi.json", ModelRoutes::openApi);
    }

    private static void openApi(Call call) throws IOException {
        try (InputStream document = ModelRoutes.class.getResourceAsStream("openapi.json")) {
            if (document == null) {
                throw new HttpProblem(404, "there is no /openapi.json");
            }
            call.answer(200, "application/json", document.readAllBytes());
        }
    }

    private ObjectNode model() {
        ObjectNode out = Call.JSON.createObjectNode();
        LoadedModel loaded = shelf.loaded().orElse(null);
        out.put("name", shelf.selected())
                .put("ready", loaded != null && loaded.name().equals(shelf.selected()));
        if (loaded != null) {
            out.put("hash", loaded.hash()).put("pictureSize", loaded.model().pictureSize());
            out.put("factor", loaded.model().vae().config().factor());
            out.put("scheduler", SamplerName.of(loaded.model().scheduler()).name());
            out.put("editable", loaded.isEditable());
        }
        lists(out, loaded);
        if (shelf.selected().equals(EMBEDDED)) {
            out.putObject("example").put("source", EmbeddedModel.SOURCE).put("target", EmbeddedModel.TARGET);
        } else {
            out.putNull("example");
        }
        out.putObject("limits")
                .put("steps", limits.steps())
                .put("count", limits.count())
                .put("pixels", limits.pixels())
                .put("queue", limits.queue())
                .put("bodyBytes", limits.bodyBytes());
        return out;
    }

    private void lists(ObjectNode out, @Nullable LoadedModel loaded) {
        ArrayNode schedulers = out.putArray("schedulers");
        Schedulers.names().forEach(schedulers::add);
        ArrayNode models = out.putArray("models");
        shelf.models()
                .forEach(name -> models.addObject()
                        .put("name", name)
                        .put("loaded", loaded != null && loaded.name().equals(name)));
        ArrayNode loras = out.putArray("loras");
        shelf.loras().forEach(name -> loras.addObject().put("name", name));
        ArrayNode embeddings = out.putArray("embeddings");
        List<LearntWord> words = loaded == null ? List.of() : loaded.embeddings();
        words.forEach(word -> embeddings.addObject().put("name", word.token()).put("problem", word.problem()));
        ArrayNode methods = out.putArray("methods");
        TaskReader.inversionMethods().forEach(methods::add);
    }

    private void select(Call call) throws IOException {
        try {
            shelf.select(new Fields(call.json(), reader::picture).required("name"));
        } catch (FieldProblem problem) {
            throw new HttpProblem(422, String.valueOf(problem.getMessage()), "name");
        }
        call.answer(200, model());
    }

    private void words(Call call) throws IOException {
        Fields fields = new Fields(call.json(), reader::picture);
        ClipTokenizer tokenizer = shelf.loaded()
                .orElseThrow(() -> new HttpProblem(503, "the model is being loaded"))
                .model()
                .tokenizer();
        ObjectNode out = Call.JSON.createObjectNode();
        try {
            PromptStyle style = PromptStyle.valueOf(
                    fields.choice("promptStyle", "plain", List.of("plain", "webui", "compel", "compel_mask"))
                            .toUpperCase(Locale.ROOT));
            PromptWords prompt = WordsView.of(fields.required("prompt"), style, tokenizer);
            WordsView.write(out, prompt);
            if (fields.has("target")) {
                PromptWords target = WordsView.of(fields.required("target"), style, tokenizer);
                WordsView.write(out.putObject("target"), target);
                String mode = fields.choice("mode", "auto", List.of("auto", "replace", "refine", "same_position"));
                int keys = Math.max(prompt.keys(), target.keys());
                WordsView.alignment(
                        out,
                        PromptAlignment.of(
                                prompt.filledUpTo(keys),
                                target.filledUpTo(keys),
                                AlignmentMode.valueOf(mode.toUpperCase(Locale.ROOT))));
            }
        } catch (FieldProblem problem) {
            throw new HttpProblem(422, String.valueOf(problem.getMessage()), problem.field());
        } catch (IllegalArgumentException problem) {
            throw new HttpProblem(422, String.valueOf(problem.getMessage()), "prompt");
        }
        call.answer(200, out);
    }

    private void pngInfo(Call call) throws IOException {
        ObjectNode out = Call.JSON.createObjectNode();
        GenerationParameters found = parameters(reader, call.json());
        out.put("text", found.text()).put("prompt", found.prompt()).put("negative", found.negativePrompt());
        ObjectNode values = out.putObject("values");
        found.values().forEach(values::put);
        out.set("fields", PictureFields.of(found));
        call.answer(200, out);
    }

    /**
     * What a picture says of how it was made.
     *
     * @throws HttpProblem 422 if it is none, or says nothing
     */
    static GenerationParameters parameters(TaskReader reader, ObjectNode request) throws IOException {
        Path file = Files.createTempFile("sd15-", ".upload");
        try {
            if (!request.hasNonNull("image")) {
                throw new IllegalArgumentException("image is missing");
            }
            Files.write(file, reader.picture(request.get("image")));
            return PictureParameters.read(file);
        } catch (IOException | IllegalArgumentException problem) {
            String reason = String.valueOf(problem.getMessage()).replace(file.toString(), "the picture");
            throw new HttpProblem(422, reason, "image");
        } finally {
            Files.deleteIfExists(file);
        }
    }
}

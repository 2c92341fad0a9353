package org.sd15.pipeline.inversion;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.sd15.importer.io.ImportException;
import org.sd15.importer.safetensors.SafetensorsFile;
import org.sd15.importer.safetensors.SafetensorsWriter;
import org.sd15.importer.tensor.DType;
import org.sd15.pipeline.schedule.SchedulerConfig.FinalSigmasType;
import org.sd15.pipeline.words.Conformance;

/**
 * An inversion in a safetensors file: {@code trajectory} {@code [steps + 1, pictures, 4, h, w]}, and where there are any
 * {@code noise_maps} {@code [steps, pictures, 4, h, w]}, {@code null_texts} {@code [steps, pictures, tokens, width]} and
 * {@code pictures} {@code [pictures, 3, H, W]}, in float32. The rest is in the metadata.
 */
public final class InversionFile {

    private static final String FORMAT = "sd15-inversion-1";
    private static final String PROVENANCE = "provenance.";

    private InversionFile() {}

    /** Writes an inversion; the file appears when it is complete. */
    public static void save(Inversion inversion, Path path) throws IOException {
        SafetensorsWriter writer = SafetensorsWriter.create().metadata(metadata(inversion));
        add(writer, "trajectory", inversion.trajectory());
        add(writer, "noise_maps", inversion.noiseMaps());
        add(writer, "null_texts", inversion.nullTexts());
        INDArray pictures = inversion.source().pictures();
        if (pictures != null) {
            writer.add("pictures", pictures, DType.F32);
        }
        writer.write(path);
    }

    private static void add(SafetensorsWriter writer, String name, List<INDArray> arrays) {
        if (!arrays.isEmpty()) {
            writer.add(name, Nd4j.stack(0, arrays.toArray(INDArray[]::new)), DType.F32);
        }
    }

    private static Map<String, String> metadata(Inversion inversion) {
        Map<String, String> facts = new TreeMap<>();
        facts.put("format", FORMAT);
        Inversion.Source source = inversion.source();
        for (int i = 0; i < source.prompts().size(); i++) {
            facts.put("prompt." + i, source.prompts().get(i));
        }
        facts.put("guidance", String.valueOf(source.guidance()));
        source.provenance().forEach((key, value) -> facts.put(PROVENANCE + key, value));
        if (inversion.schedule() instanceof InversionSchedule.Ddim ddim) {
            facts.put("course", "ddim");
            facts.put("steps", String.valueOf(ddim.total()));
            facts.put("omitted_steps", String.valueOf(ddim.omitted()));
            facts.put("eta", String.valueOf(ddim.eta()));
            facts.put("conformance", ddim.conformance().name());
        } else if (inversion.schedule() instanceof InversionSchedule.DpmSolver solver) {
            facts.put("course", "sde-dpmsolver++");
            facts.put(
                    "timesteps",
                    solver.timesteps().stream().map(String::valueOf).collect(Collectors.joining(",")));
            facts.put("final_sigmas_type", solver.end().name());
        }
        return facts;
    }

    /**
     * Reads an inversion.
     *
     * @throws ImportException if the file is none, or lacks something
     */
    public static Inversion load(Path path) throws IOException {
        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            Facts facts = new Facts(path, file.metadata());
            if (!FORMAT.equals(file.metadata().get("format"))) {
                throw new ImportException(
                        path,
                        "is no inversion: its format is %s, that of an inversion is %s"
                                .formatted(file.metadata().get("format"), FORMAT));
            }
            INDArray pictures = tensor(file, "pictures");
            Inversion.Source source =
                    new Inversion.Source(facts.prompts(), facts.number("guidance"), pictures, facts.provenance());
            List<INDArray> levels = list(file, "trajectory");
            return new Inversion(facts.schedule(), source, levels, list(file, "noise_maps"), list(file, "null_texts"));
        } catch (ImportException problem) {
            throw problem;
        } catch (IllegalArgumentException problem) {
            throw new ImportException(path, String.valueOf(problem.getMessage()), problem);
        }
    }

    private static @Nullable INDArray tensor(SafetensorsFile file, String name) throws IOException {
        return file.tensors().containsKey(name)
                ? file.load(name, DataType.FLOAT).dup('c')
                : null;
    }

    private static List<INDArray> list(SafetensorsFile file, String name) throws IOException {
        INDArray stacked = tensor(file, name);
        List<INDArray> list = new ArrayList<>();
        if (stacked != null && stacked.rank() < 2) {
            throw new ImportException(
                    file.path(), "%s is %s, must be several arrays".formatted(name, Arrays.toString(stacked.shape())));
        }
        for (long i = 0; stacked != null && i < stacked.size(0); i++) {
            list.add(stacked.get(NDArrayIndex.point(i)).dup('c'));
        }
        return list;
    }

    /** What the metadata say. */
    private record Facts(Path path, Map<String, String> metadata) {

        String text(String key) {
            String value = metadata.get(key);
            if (value == null) {
                throw new ImportException(path, "the metadata don't say %s, only %s".formatted(key, metadata.keySet()));
            }
            return value;
        }

        double number(String key) {
            double number = parsed(key, text(key), "a number", Double::valueOf);
            if (!Double.isFinite(number)) {
                throw new ImportException(path, "%s is %s, must be a finite number".formatted(key, number));
            }
            return number;
        }

        int whole(String key) {
            return parsed(key, text(key), "a whole number", Integer::valueOf);
        }

        <E extends Enum<E>> E constant(String key, Class<E> type) {
            String known =
                    Arrays.stream(type.getEnumConstants()).map(Enum::name).collect(Collectors.joining(", "));
            return parsed(key, text(key), "one of " + known, name -> Enum.valueOf(type, name));
        }

        private <T> T parsed(String key, String value, String kind, Function<String, T> parse) {
            try {
                return parse.apply(value);
            } catch (IllegalArgumentException problem) {
                throw new ImportException(path, "%s is \"%s\", must be %s".formatted(key, value, kind), problem);
            }
        }

        List<String> prompts() {
            List<String> prompts = new ArrayList<>();
            while (prompts.isEmpty() || metadata.containsKey("prompt." + prompts.size())) {
                prompts.add(text("prompt." + prompts.size()));
            }
            return prompts;
        }

        Map<String, String> provenance() {
            Map<String, String> remarks = new LinkedHashMap<>();
            metadata.forEach((key, value) -> {
                if (key.startsWith(PROVENANCE)) {
                    remarks.put(key.substring(PROVENANCE.length()), value);
                }
            });
            return remarks;
        }

        InversionSchedule schedule() {
            String name = text("course");
            return switch (name) {
                case "ddim" ->
                    new InversionSchedule.Ddim(
                            whole("steps"),
                            whole("omitted_steps"),
                            number("eta"),
                            constant("conformance", Conformance.class));
                case "sde-dpmsolver++" ->
                    new InversionSchedule.DpmSolver(
                            Arrays.stream(text("timesteps").split(",", -1))
                                    .map(one -> parsed("timesteps", one, "whole numbers", Integer::valueOf))
                                    .toList(),
                            constant("final_sigmas_type", FinalSigmasType.class));
                default ->
                    throw new ImportException(
                            path, "there is no course \"%s\", only ddim and sde-dpmsolver++".formatted(name));
            };
        }
    }
}

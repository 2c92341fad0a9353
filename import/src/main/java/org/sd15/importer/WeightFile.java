package org.sd15.importer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.sd15.importer.io.ImportException;
import org.sd15.importer.io.ModelChoice;

/**
 * Which file of a component's folder has its weights. Diffusers' and transformers' names, safetensors before PyTorch's
 * own, one file before several; a variant such as {@code fp16} stands before the extension, in an index of shards also
 * before {@code index}, as diffusers wrote it once. Where there is a file of diffusers' name, transformers' names are not
 * looked for: diffusers does not know them.
 */
final class WeightFile {

    private static final int MOST_LISTED = 20;

    /** Names with a gap for the variant, in the order in which they are looked for. */
    private static final List<String> NAMES = List.of(
            "diffusion_pytorch_model%s.safetensors",
            "model%s.safetensors",
            "diffusion_pytorch_model.safetensors.index%s.json",
            "model.safetensors.index%s.json",
            "diffusion_pytorch_model.safetensors%s.index.json",
            "model.safetensors%s.index.json",
            "diffusion_pytorch_model%s.bin",
            "pytorch_model%s.bin",
            "diffusion_pytorch_model.bin.index%s.json",
            "pytorch_model.bin.index%s.json",
            "diffusion_pytorch_model.bin%s.index.json",
            "pytorch_model.bin%s.index.json");

    private WeightFile() {}

    /**
     * Where weights are read.
     *
     * @param file the file, or the index of several
     * @param variant null if they are of none
     */
    record Choice(Path file, @Nullable String variant) {}

    /** Whether there is any, be it of a variant. */
    static boolean existsIn(Path folder) throws IOException {
        return find(folder).isPresent() || !variants(folder).isEmpty();
    }

    /**
     * The file without a variant, or else that of the only variant there is.
     *
     * @throws ImportException if there is none, or only several variants; the message lists what is there
     */
    static Path in(Path folder) throws IOException {
        Optional<Path> found = find(folder);
        if (found.isPresent()) {
            return found.get();
        }
        Set<String> variants = variants(folder);
        if (variants.isEmpty()) {
            throw new ImportException(
                    folder,
                    "has no weights: looked for %s; %s".formatted(NAMES.get(0).formatted(""), listing(folder)));
        }
        throw new ImportException(
                folder,
                "has weights in the variants %s only".formatted(String.join(", ", variants)),
                ModelChoice.VARIANT);
    }

    /**
     * The weights of a variant if there are any, as diffusers' pipelines choose; else those that {@link #in(Path)} finds.
     *
     * @param wanted a variant, or null
     * @throws ImportException if there are none, or only several variants; the message lists what is there
     */
    static Choice choose(Path folder, @Nullable String wanted) throws IOException {
        Optional<Path> found = wanted == null ? Optional.empty() : first(folder, "." + wanted);
        if (found.isPresent()) {
            return new Choice(found.get(), wanted);
        }
        Path file = in(folder);
        boolean plain = first(folder, "").isPresent();
        return new Choice(file, plain ? null : variants(folder).iterator().next());
    }

    /**
     * The file of a variant.
     *
     * @throws ImportException if there is none; the message lists what is there
     */
    static Path in(Path folder, String variant) throws IOException {
        Optional<Path> found = first(folder, "." + variant);
        if (found.isPresent()) {
            return found.get();
        }
        throw new ImportException(folder, "has no weights of variant %s; %s".formatted(variant, listing(folder)));
    }

    /** The file without a variant, or else that of the only variant there is, or nothing. */
    static Optional<Path> find(Path folder) throws IOException {
        Optional<Path> plain = first(folder, "");
        Set<String> variants = variants(folder);
        return plain.isPresent() || variants.size() != 1
                ? plain
                : first(folder, "." + variants.iterator().next());
    }

    private static Optional<Path> first(Path folder, String variant) throws IOException {
        return patterns(folder).stream()
                .map(name -> folder.resolve(name.formatted(variant)))
                .filter(Files::isRegularFile)
                .findFirst();
    }

    /** The variants of which a folder has weights, in the order of the alphabet. */
    static Set<String> variants(Path folder) throws IOException {
        Set<String> variants = new TreeSet<>();
        for (String name : names(folder)) {
            for (String pattern : patterns(folder)) {
                Matcher matcher = matcher(pattern, name);
                if (matcher.matches() && matcher.group(1) != null) {
                    variants.add(matcher.group(1));
                }
            }
        }
        return variants;
    }

    private static Matcher matcher(String pattern, String name) {
        return Pattern.compile(Pattern.quote(pattern).replace("%s", "\\E(?:\\.(\\w+))?\\Q"))
                .matcher(name);
    }

    private static List<String> patterns(Path folder) throws IOException {
        List<String> names = names(folder);
        List<String> ofDiffusers =
                NAMES.stream().filter(name -> name.startsWith("diffusion_")).toList();
        boolean there = ofDiffusers.stream()
                .anyMatch(pattern ->
                        names.stream().anyMatch(name -> matcher(pattern, name).matches()));
        return there ? ofDiffusers : NAMES;
    }

    /** What is in a folder, for errors. */
    static String listing(Path folder) throws IOException {
        List<String> names = names(folder);
        if (names.isEmpty()) {
            return "the folder is empty";
        }
        String more = names.size() > MOST_LISTED ? " and %d more".formatted(names.size() - MOST_LISTED) : "";
        return names.stream().limit(MOST_LISTED).collect(Collectors.joining(", ", "there is ", more));
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.map(entry -> String.valueOf(entry.getFileName()))
                    .sorted()
                    .toList();
        }
    }
}

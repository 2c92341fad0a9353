package org.sd15.pipeline.training.data;

import java.io.IOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.sd15.importer.io.InnerPath;

/**
 * A folder of pictures with captions: {@code metadata.jsonl} or {@code metadata.csv} as in Hugging Face's
 * imagefolder (with {@code file_name} and {@code text} for each picture), or else a {@code .txt} of the same name beside each picture. Where there is nothing
 * but the splits of a data set, {@code train} is read.
 *
 * @param pictures in the order of the list, or of their names
 * @param skipped what was left out, with the reason
 */
public record PictureFolder(List<CaptionedPicture> pictures, List<String> skipped) {

    private static final Set<String> FORMATS =
            Set.of("png", "jpg", "jpeg", "jfif", "webp", "tif", "tiff", "bmp", "gif");

    /** Pictures of formats that can't be read here. */
    private static final Set<String> OTHER_FORMATS = Set.of("avif", "heic", "heif", "jxl", "jp2", "svg", "psd");

    /** What the split for training is called. */
    private static final List<String> TRAIN = List.of("train", "training");

    /** Copies the lists. */
    public PictureFolder {
        pictures = List.copyOf(pictures);
        skipped = List.copyOf(skipped);
    }

    /** How many of the pictures have several captions, of which every time another is drawn. */
    public long withSeveralCaptions() {
        return pictures.stream()
                .filter(picture -> picture.captions().size() > 1)
                .count();
    }

    /**
     * Reads a folder; the pictures themselves are not opened yet.
     *
     * @param bad what to do with pictures without a caption, and entries without a picture
     * @throws IllegalArgumentException if there is no picture, or one without a caption that is not to be skipped
     */
    public static PictureFolder read(Path folder, BadData bad) throws IOException {
        if (!Files.isDirectory(folder)) {
            throw new IllegalArgumentException(folder + ": no such folder; give a folder of pictures with captions");
        }
        Reading reading = new Reading(folder, bad);
        Optional<Path> split = reading.split();
        if (split.isPresent()) {
            return reading.train(split.get());
        }
        Optional<Path> list = MetadataFile.in(folder);
        if (list.isPresent()) {
            reading.list(MetadataFile.read(list.get()));
        } else {
            reading.textFiles();
        }
        reading.nameTheRest();
        return reading.result();
    }

    /**
     * Reads a folder where all pictures have the same captions, as for DreamBooth and textual inversion.
     *
     * @throws IllegalArgumentException if there is no picture
     */
    public static PictureFolder read(Path folder, List<String> captions) throws IOException {
        if (!Files.isDirectory(folder)) {
            throw new IllegalArgumentException(folder + ": no such folder; give a folder of pictures");
        }
        Reading reading = new Reading(folder, BadData.FAIL);
        for (Path file : reading.files()) {
            reading.found.add(new CaptionedPicture(file, captions));
        }
        reading.nameTheRest();
        return reading.result();
    }

    /** Collects what a folder has. */
    private static final class Reading {

        private final Path folder;
        private final BadData bad;
        private final List<CaptionedPicture> found = new ArrayList<>();
        private final List<String> skipped = new ArrayList<>();
        private final Set<Path> named = new HashSet<>();

        Reading(Path folder, BadData bad) {
            this.folder = folder;
            this.bad = bad;
        }

        PictureFolder result() {
            if (found.isEmpty()) {
                throw new IllegalArgumentException("%s: no captioned pictures (%s)%s"
                        .formatted(
                                folder,
                                String.join(", ", FORMATS.stream().sorted().toList()),
                                skipped.isEmpty() ? "" : "; left out: " + String.join("; ", skipped)));
            }
            return new PictureFolder(found, skipped);
        }

        /** The split for training, where there is nothing but splits. */
        Optional<Path> split() throws IOException {
            return MetadataFile.in(folder).isPresent() || !files().isEmpty()
                    ? Optional.empty()
                    : TRAIN.stream()
                            .map(folder::resolve)
                            .filter(Files::isDirectory)
                            .findFirst();
        }

        /** The split for training; the others are reported. */
        PictureFolder train(Path split) throws IOException {
            PictureFolder train = read(split, bad);
            List<String> all = new ArrayList<>(train.skipped);
            for (Path other : entries(Files::isDirectory)) {
                if (!other.equals(split)) {
                    all.add("%s: is another split, of %s; only that for training is read"
                            .formatted(other, count(pictures(other).size())));
                }
            }
            return new PictureFolder(train.pictures, all);
        }

        private static String count(int pictures) {
            return pictures == 1 ? "1 picture" : "%,d pictures".formatted(pictures);
        }

        /** All pictures in a folder and the folders within. */
        private static List<Path> pictures(Path folder) throws IOException {
            try (Stream<Path> files = Files.walk(folder, FileVisitOption.FOLLOW_LINKS)) {
                return files.filter(file -> isPicture(file) || OTHER_FORMATS.contains(extension(file)))
                        .toList();
            }
        }

        /** Pictures that are not used: not in the list, in other formats, or files that operating systems leave behind. */
        void nameTheRest() throws IOException {
            MetadataFile.misnamed(folder).ifPresent(skipped::add);
            Set<Path> known = new HashSet<>(named);
            found.forEach(picture -> known.add(picture.file()));
            for (Path file : entries(Files::isRegularFile)) {
                if (OTHER_FORMATS.contains(extension(file))) {
                    skipped.add(file + ": is of a format that can't be read; save it as PNG or JPEG");
                } else if (isHidden(file) && FORMATS.contains(extension(file))) {
                    skipped.add(file + ": is a hidden file");
                } else if (isPicture(file) && !known.contains(file)) {
                    skipped.add("%s: is not in %s"
                            .formatted(file, MetadataFile.in(folder).orElse(folder)));
                }
            }
            for (Path inner : entries(Files::isDirectory)) {
                List<Path> unnamed = new ArrayList<>(pictures(inner));
                unnamed.removeAll(known);
                if (!unnamed.isEmpty()) {
                    skipped.add("%s: is a folder of %s that no list names".formatted(inner, count(unnamed.size())));
                }
            }
        }

        void list(MetadataFile list) {
            list.entries().forEach(this::entry);
            if (!list.others().isEmpty()) {
                skipped.add("%s: what it says of %s, as neither file_name nor a caption"
                        .formatted(list.file(), String.join(", ", list.others())));
            }
            Path other = folder.resolve(MetadataFile.CSV);
            if (!list.file().equals(other) && Files.isRegularFile(other)) {
                skipped.add("%s: is a second list; %s is read".formatted(other, list.file()));
            }
        }

        private void entry(MetadataFile.Entry entry) {
            Path file = InnerPath.of(folder, entry.name())
                    .orElseThrow(() -> new IllegalArgumentException(
                            "%s: %s lies outside of the folder".formatted(entry.where(), entry.name())));
            if (!Files.isRegularFile(file)) {
                leaveOut("%s: there is no picture %s".formatted(entry.where(), file));
                return;
            }
            named.add(file);
            add(file, entry.captions(), "\"text\" in " + entry.where());
        }

        void textFiles() throws IOException {
            for (Path file : files()) {
                String name = String.valueOf(file.getFileName());
                Path text = file.resolveSibling(name.substring(0, name.lastIndexOf('.')) + ".txt");
                boolean there = Files.isRegularFile(text);
                named.add(file);
                String list = there
                        ? ""
                        : MetadataFile.misnamed(folder).map("; "::concat).orElse("");
                add(file, List.of(there ? CaptionText.read(text) : ""), text + list);
            }
        }

        List<Path> files() throws IOException {
            return entries(Reading::isPicture);
        }

        private List<Path> entries(Predicate<Path> kind) throws IOException {
            try (Stream<Path> entries = Files.list(folder)) {
                return entries.filter(kind).sorted().toList();
            }
        }

        private static boolean isPicture(Path file) {
            return Files.isRegularFile(file) && !isHidden(file) && FORMATS.contains(extension(file));
        }

        private static boolean isHidden(Path file) {
            return String.valueOf(file.getFileName()).startsWith(".");
        }

        private static String extension(Path file) {
            String name = String.valueOf(file.getFileName());
            return name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
        }

        private void add(Path file, List<String> texts, String where) {
            List<String> captions = texts.stream().map(String::strip).toList();
            if (captions.isEmpty() || captions.stream().anyMatch(String::isEmpty)) {
                leaveOut("%s: has no caption; write what it shows into %s".formatted(file, where));
            } else {
                found.add(new CaptionedPicture(file, captions));
            }
        }

        private void leaveOut(String reason) {
            if (bad == BadData.FAIL) {
                throw new IllegalArgumentException(reason);
            }
            skipped.add(reason);
        }
    }
}

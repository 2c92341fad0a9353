package org.sd15.cli;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.sd15.cli.report.GridSheet;
import org.sd15.cli.report.PicturePage;
import org.sd15.cli.report.TextFile;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.image.PngFile;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Unmatched;

/** Draws the same with other settings, as a table of pictures. */
@Command(
        name = "grid",
        footer = {
            "sd15 grid --x steps=10,20,50 --y guidance=3,7.5 --prompt \"a red circle\"",
            "sd15 grid --x s/r=red,blue,green --y scheduler=ddim,euler-a --prompt \"a red circle\" --seed 7"
        },
        description = "Draw a prompt with other settings in each column and row. All options of generate go with it.",
        mixinStandardHelpOptions = true)
final class GridCommand implements Callable<Integer> {

    private static final String CELLS = "grid.txt";

    @Option(
            names = "--x",
            required = true,
            paramLabel = "NAME=VALUE,...",
            description = "What differs between columns: a setting of generate with its values (steps=10,20,50), or"
                    + " s/r=red,blue to put other words in the place of the first; a value with a comma is in quotes.")
    private String x = "";

    @Option(names = "--y", paramLabel = "NAME=VALUE,...", description = "What differs between rows, likewise.")
    private @Nullable String y;

    @Option(
            names = "--output",
            paramLabel = "FOLDER",
            defaultValue = "out",
            description = "Folder for pictures, sheet and page; nothing in it is replaced (default: ./out).")
    private Path output = Path.of("out");

    @Option(
            names = "--resume",
            paramLabel = "FOLDER",
            description = "Go on in the folder of a grid that was stopped: its pictures are not drawn again.")
    private @Nullable Path resume;

    @Option(names = "--open", description = "Show the page of results when it is written.")
    private boolean open;

    @Unmatched
    private List<String> more = new ArrayList<>();

    private @Nullable StableDiffusion model;
    private Map<String, String> loaded = Map.of();

    /** One picture of the grid, its options checked. */
    private record Cell(String name, String label, GenerateCommand command) {}

    @Override
    public Integer call() throws Exception {
        CommandSpec generate = Objects.requireNonNull(
                        Sd15.commandLine("generate").getSubcommands().get("generate"))
                .getCommandSpec();
        List<String> common = withOneSeed(List.of(FieldWords.translated(generate, more.toArray(String[]::new))));
        GridAxis columns = GridAxis.parse("--x", x, generate);
        GridAxis rows = y == null ? null : GridAxis.parse("--y", y, generate);
        List<List<List<String>>> lines = lines(common, columns, rows);
        if (common.stream().anyMatch(option -> option.matches("--count(=.*)?"))) {
            throw new IllegalArgumentException(
                    "--count: a grid has one picture a cell; give the seeds as --y seed=1,2,3");
        }
        lines.forEach(line -> line.forEach(cell -> parsed(cell, "cell.png")));
        OutputFiles.requireFolder("--output", output);
        Path folder = folder(lines);
        List<List<Cell>> cells = cells(lines, columns, rows, folder);
        draw(cells, folder);
        write(cells, columns, rows, folder, common);
        return 0;
    }

    /** The arguments of each cell, row by row. */
    private static List<List<List<String>>> lines(List<String> common, GridAxis columns, @Nullable GridAxis rows) {
        List<List<List<String>>> lines = new ArrayList<>();
        for (int row = 0; row < (rows == null ? 1 : rows.values().size()); row++) {
            List<String> base = rows == null ? common : rows.applied(common, row);
            List<List<String>> line = new ArrayList<>();
            for (int column = 0; column < columns.values().size(); column++) {
                line.add(columns.applied(base, column));
            }
            lines.add(line);
        }
        return lines;
    }

    private static List<List<Cell>> cells(
            List<List<List<String>>> lines, GridAxis columns, @Nullable GridAxis rows, Path folder) {
        List<List<Cell>> cells = new ArrayList<>();
        for (int row = 0; row < lines.size(); row++) {
            List<Cell> line = new ArrayList<>();
            for (int column = 0; column < lines.get(row).size(); column++) {
                String name = row + "-" + column + ".png";
                String label = columns.label(column) + (rows == null ? "" : ", " + rows.label(row));
                Path file = folder.resolve(name);
                line.add(new Cell(name, label, parsed(lines.get(row).get(column), file.toString())));
            }
            cells.add(line);
        }
        return cells;
    }

    /** A seed that is drawn is drawn once: pictures differ by what the grid is of, and by nothing else. */
    private static List<String> withOneSeed(List<String> arguments) {
        List<String> fixed = new ArrayList<>(arguments);
        for (int i = 0; i < fixed.size(); i++) {
            boolean apart = i > 0 && fixed.get(i - 1).equals("--seed");
            String seed =
                    fixed.get(i).startsWith("--seed=") ? fixed.get(i).substring("--seed=".length()) : fixed.get(i);
            if ((apart || !seed.equals(fixed.get(i))) && seed.matches("(?i)random|-1")) {
                String drawn = Long.toUnsignedString(new DrawnSeed().convert("random"));
                fixed.set(i, apart ? drawn : "--seed=" + drawn);
            }
        }
        return fixed;
    }

    /** Generate with its options, which must be right: picocli's own checks, and those of ranges and files. */
    private static GenerateCommand parsed(List<String> arguments, String output) {
        List<String> whole = new ArrayList<>(List.of("generate"));
        whole.addAll(arguments);
        whole.add("--output=" + output);
        String[] typed = whole.toArray(String[]::new);
        ParseResult parsed = Sd15.commandLine(typed).parseArgs(typed);
        OptionChecks.require(parsed);
        return (GenerateCommand) OptionChecks.command(parsed);
    }

    /** Where the cells go: a folder in which they are, or one that none has used. */
    private Path folder(List<List<List<String>>> lines) throws IOException {
        String cells = String.join(
                "\n",
                lines.stream()
                        .flatMap(List::stream)
                        .map(arguments -> String.join("\t", arguments))
                        .toList());
        if (resume == null) {
            Path first = new ResultFolder(output, false).file(CELLS);
            TextFile.write(first, cells + "\n");
            return Objects.requireNonNull(first.getParent());
        }
        Path known = resume.resolve(CELLS);
        if (!Files.isRegularFile(known) || !Files.readString(known).equals(cells + "\n")) {
            throw new IllegalArgumentException(
                    "--resume %s: the grid there is another one; give the same options, or leave --resume out"
                            .formatted(resume));
        }
        return resume;
    }

    private void draw(List<List<Cell>> cells, Path folder) throws Exception {
        List<Cell> all = cells.stream().flatMap(List::stream).toList();
        try {
            for (Cell cell : all) {
                cell.command().prepare();
            }
            StableDiffusion first = model(all.get(0).command().model());
            for (Cell cell : all) {
                cell.command().requireScheduler(first);
            }
            for (Cell cell : all) {
                if (resume != null && Files.exists(folder.resolve(cell.name()))) {
                    Console.note("%s is there", folder.resolve(cell.name()));
                } else {
                    Console.note("%d of %d: %s", all.indexOf(cell) + 1, all.size(), cell.label());
                    cell.command().draw(model(cell.command().model()));
                }
            }
        } finally {
            if (model != null) {
                model.close();
            }
        }
    }

    /** The model of a cell; it stays, until one is needed that has something else added. */
    private StableDiffusion model(ModelOptions options) throws IOException {
        Map<String, String> wanted = options.parameters();
        if (model == null || !wanted.equals(loaded)) {
            if (model != null) {
                model.close();
            }
            model = options.load();
            loaded = wanted;
        }
        return model;
    }

    private void write(
            List<List<Cell>> cells, GridAxis columns, @Nullable GridAxis rows, Path folder, List<String> common)
            throws IOException {
        String of = x + (y == null ? "" : " " + y);
        PicturePage page = new PicturePage("Grid of " + of);
        List<List<BufferedImage>> pictures = new ArrayList<>();
        for (List<Cell> line : cells) {
            List<BufferedImage> images = new ArrayList<>();
            for (Cell cell : line) {
                images.add(PngFile.read(folder.resolve(cell.name())));
                page.add(cell.name(), cell.label(), images.get(images.size() - 1));
            }
            pictures.add(images);
        }
        List<String> sides = rows == null ? List.of() : rows.labels();
        PngFile.write(
                folder.resolve("sheet.png"),
                new GridSheet(columns.labels(), sides, pictures).image(),
                Map.of("title", of));
        Console.result(folder.resolve("sheet.png"));
        Map<String, String> parameters = new LinkedHashMap<>();
        parameters.put("Columns", x);
        parameters.put("Rows", y == null ? "" : y);
        parameters.put("generate", String.join(" ", common));
        parameters.put("Version", Versions.SD15);
        Path file = folder.resolve("page.html");
        TextFile.write(file, page.html(parameters));
        Console.note("see %s", file);
        if (open) {
            Browser.open(file);
        }
    }
}

package org.sd15.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.sd15.importer.ImportReport;
import org.sd15.importer.Inspection;
import org.sd15.importer.Inspection.Part;
import org.sd15.importer.ModelKind;
import org.sd15.importer.io.Shown;
import org.sd15.importer.lora.LoraContents;
import org.sd15.importer.lora.LoraFile;
import org.sd15.importer.tensor.TensorInfo;
import org.sd15.pipeline.model.Architectures;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Tells what a file or folder of weights holds. */
@Command(
        name = "inspect",
        footer = {"sd15 inspect stable-diffusion-v1-5", "sd15 inspect my-lora.safetensors --json"},
        description = "Names, shapes, formats and sizes; what is missing or left over against the architecture.",
        mixinStandardHelpOptions = true)
final class InspectCommand implements Callable<Integer> {

    @Parameters(paramLabel = "PATH", description = "A file of weights, a component's folder, or a model's.")
    private Path path = Path.of("");

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Option(
            names = "--variant",
            paramLabel = "NAME",
            description = "Which weights of a folder, such as fp16, for the parts that have it.")
    private @Nullable String variant;

    @Override
    public Integer call() throws IOException {
        Inspection inspection = Inspection.of(LoraFile.find(path).orElse(path), variant);
        Architectures architectures = Architectures.of(path);
        if (json) {
            Console.results(new ObjectMapper()
                    .writerWithDefaultPrettyPrinter()
                    .writeValueAsString(tree(inspection, architectures)));
        } else {
            for (Part part : inspection.parts()) {
                print(part, architectures.report(part));
            }
            inspection.absent().forEach(name -> Console.result(name + ": missing"));
            architectures.tokenizer().ifPresent(found -> Console.result("tokenizer: " + found));
        }
        return 0;
    }

    private static void print(Part part, Optional<ImportReport> report) {
        Console.result("%s: %s, %s, %d tensors, %,d elements, %,d bytes %s"
                .formatted(
                        part.name(),
                        part.file(),
                        part.format(),
                        part.tensors().size(),
                        part.elements(),
                        part.bytes(),
                        part.bytesByDType()));
        part.metadata().forEach((key, value) -> Console.result("  metadata %s = %s".formatted(key, value)));
        part.tensors().forEach(tensor -> Console.result("  " + tensor));
        if (part.kind() == ModelKind.LORA) {
            LoraContents lora = contents(part);
            lora.modules().forEach((method, count) -> Console.result("  %s: %d modules".formatted(method, count)));
            lora.unread().forEach(name -> Console.result("  not understood: " + Shown.of(name)));
        }
        Console.results(report.map(found -> "  against the architecture: " + found)
                .orElse("  no architecture to compare with"));
    }

    private ObjectNode tree(Inspection inspection, Architectures architectures) throws IOException {
        ObjectNode root = new ObjectMapper().createObjectNode();
        root.put("path", path.toString());
        ArrayNode parts = root.putArray("parts");
        for (Part part : inspection.parts()) {
            ObjectNode node = parts.addObject();
            node.put("name", part.name());
            node.put("kind", part.kind().toString());
            node.put("file", part.file().toString());
            node.put("format", part.format().toString().toLowerCase(java.util.Locale.ROOT));
            node.put("elements", part.elements());
            node.put("bytes", part.bytes());
            part.metadata().forEach(node.putObject("metadata")::put);
            ArrayNode tensors = node.putArray("tensors");
            part.tensors().forEach(tensor -> add(tensors, tensor));
            if (part.kind() == ModelKind.LORA) {
                LoraContents lora = contents(part);
                lora.modules().forEach(node.putObject("modules")::put);
                lora.unread().forEach(node.putArray("not_understood")::add);
            }
            Optional<ImportReport> report = architectures.report(part);
            if (report.isPresent()) {
                add(node.putObject("architecture"), report.get());
            }
        }
        inspection.absent().forEach(root.putArray("absent")::add);
        Optional<String> tokenizer = architectures.tokenizer();
        if (tokenizer.isPresent()) {
            root.put("tokenizer", tokenizer.get());
        }
        return root;
    }

    private static LoraContents contents(Part part) {
        return LoraContents.of(part.tensors().stream().map(TensorInfo::name).toList());
    }

    private static void add(ArrayNode tensors, TensorInfo tensor) {
        ObjectNode node = tensors.addObject();
        node.put("name", tensor.name());
        node.put("dtype", tensor.dtype().toString());
        Arrays.stream(tensor.shape()).forEach(node.putArray("shape")::add);
        node.put("bytes", tensor.bytes());
    }

    private static void add(ObjectNode node, ImportReport report) {
        node.put("complete", report.isComplete());
        node.put("loaded", report.loaded().size());
        report.missing().forEach(item -> node.withArray("missing").add(item.toString()));
        report.wrongShapes().forEach(item -> node.withArray("wrong_shapes").add(item.toString()));
        report.unexpected().forEach(item -> node.withArray("unexpected").add(item.toString()));
        report.ignored().forEach(item -> node.withArray("ignored").add(item));
    }
}

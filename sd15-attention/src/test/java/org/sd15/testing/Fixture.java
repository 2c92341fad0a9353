package org.sd15.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;

/**
 * A small safetensors file of reference numbers. Reads just what the references use (F16, F32, F64, I64), and trusts them;
 * it is independent of the importer on purpose, so that the modules below it can be tested without it.
 */
public final class Fixture {

    private final Path path;
    private final ByteBuffer data;
    private final Map<String, JsonNode> entries = new LinkedHashMap<>();

    private Fixture(Path path) throws IOException {
        this.path = path;
        ByteBuffer file = ByteBuffer.wrap(Files.readAllBytes(path)).order(ByteOrder.LITTLE_ENDIAN);
        int header = Math.toIntExact(file.getLong());
        String json = new String(file.array(), Long.BYTES, header, StandardCharsets.UTF_8);
        new ObjectMapper().readTree(json).fields().forEachRemaining(e -> entries.put(e.getKey(), e.getValue()));
        entries.remove("__metadata__");
        data = file.position(Long.BYTES + header).slice().order(ByteOrder.LITTLE_ENDIAN);
    }

    /** A file of a module's test resources, for instance {@code ("sd15-unet", "blocks/resnet-same")}. */
    public static Fixture of(String module, String name) {
        return open(resource(module, name + ".safetensors"));
    }

    /** Any file. */
    public static Fixture open(Path path) {
        try {
            return new Fixture(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The path of a reference file in a module's test resources. */
    public static Path resource(String module, String name) {
        return Path.of(System.getProperty("sd15.root"), module, "src/test/resources/reference", name);
    }

    /** The names of all tensors, in the file's order. */
    public Set<String> names() {
        return entries.keySet();
    }

    /** Whether there is such a tensor. */
    public boolean has(String name) {
        return entries.containsKey(name);
    }

    /** The shape of a tensor. */
    public long[] shape(String name) {
        JsonNode sizes = entry(name).get("shape");
        long[] shape = new long[sizes.size()];
        for (int i = 0; i < shape.length; i++) {
            shape[i] = sizes.get(i).asLong();
        }
        return shape;
    }

    /** A tensor as it is stored. */
    public INDArray get(String name) {
        long[] shape = shape(name);
        String type = entry(name).get("dtype").asText();
        ByteBuffer bytes = bytes(name);
        return switch (type) {
            case "F32" -> {
                float[] values = new float[bytes.remaining() / Float.BYTES];
                bytes.asFloatBuffer().get(values);
                yield Nd4j.create(values, shape, 'c');
            }
            case "F64" -> {
                double[] values = new double[bytes.remaining() / Double.BYTES];
                bytes.asDoubleBuffer().get(values);
                yield Nd4j.create(values, shape, 'c');
            }
            case "I64" -> {
                long[] values = new long[bytes.remaining() / Long.BYTES];
                bytes.asLongBuffer().get(values);
                yield Nd4j.createFromArray(values).reshape(shape);
            }
            case "F16" -> {
                INDArray half = Nd4j.create(DataType.HALF, shape);
                half.data().pointer().asByteBuffer().put(bytes);
                yield half;
            }
            default -> throw new IllegalArgumentException(path + ": " + name + " is " + type);
        };
    }

    /** A tensor in the given data type. */
    public INDArray get(String name, DataType type) {
        return get(name).castTo(type);
    }

    private ByteBuffer bytes(String name) {
        JsonNode offsets = entry(name).get("data_offsets");
        int begin = offsets.get(0).asInt();
        return data.slice(begin, offsets.get(1).asInt() - begin).order(ByteOrder.LITTLE_ENDIAN);
    }

    private JsonNode entry(String name) {
        JsonNode entry = entries.get(name);
        if (entry == null) {
            throw new IllegalArgumentException(path + " has no tensor " + name + "; it has " + entries.keySet());
        }
        return entry;
    }
}

package org.sd15.spark;

import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.param.DoubleParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.LongParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * What {@code spark-submit} starts: a stage over a table.
 *
 * <pre>{@code
 * spark-submit --class org.sd15.spark.Main sd15-spark-executor.jar edit --input photos --format binaryFile --output edited
 *         --method masactrl --pictureCol content --targetCol target
 * }</pre>
 *
 * <p>{@code generate}, {@code edit} and {@code heatmap} are {@link PictureGenerator}, {@link PictureEditor} and
 * {@link HeatMapper}, whose parameters are options by their names. The table is read from {@code --input} in a format of
 * Spark's ({@code --format}; Parquet if there is none, CSV and JSON with a header and a schema that Spark infers) and written
 * to {@code --output} as Parquet.
 */
public final class Main {

    private static final Map<String, Supplier<Transformer>> STAGES = new TreeMap<>(
            Map.of("generate", PictureGenerator::new, "edit", PictureEditor::new, "heatmap", HeatMapper::new));

    private Main() {}

    /**
     * Runs a stage.
     *
     * @throws IllegalArgumentException if an argument can't be, see the class
     */
    public static void main(String... arguments) {
        if (arguments.length == 0 || !STAGES.containsKey(arguments[0])) {
            throw new IllegalArgumentException("the first argument is %s, must be one of %s"
                    .formatted(arguments.length == 0 ? "missing" : '"' + arguments[0] + '"', STAGES.keySet()));
        }
        Transformer stage = STAGES.get(arguments[0]).get();
        Map<String, String> options = options(Arrays.asList(arguments).subList(1, arguments.length));
        String input = required(options, "input");
        String output = required(options, "output");
        String format = options.getOrDefault("format", "parquet");
        options.remove("format");
        options.forEach((name, value) -> set(stage, name, value));
        SparkSession session = SparkSession.builder().getOrCreate();
        Dataset<Row> table = session.read()
                .format(format)
                .option("header", true)
                .option("inferSchema", format.equals("csv"))
                .load(input);
        stage.transform(table).write().parquet(output);
    }

    private static Map<String, String> options(List<String> arguments) {
        Map<String, String> options = new TreeMap<>();
        Iterator<String> left = arguments.iterator();
        while (left.hasNext()) {
            String name = left.next();
            if (!name.startsWith("--") || !left.hasNext()) {
                throw new IllegalArgumentException("\"%s\" must be --NAME VALUE".formatted(name));
            }
            options.put(name.substring(2), left.next());
        }
        return options;
    }

    private static String required(Map<String, String> options, String name) {
        String value = options.remove(name);
        if (value == null) {
            throw new IllegalArgumentException("--%s is missing: where the table is %s"
                    .formatted(name, name.equals("input") ? "read from" : "written to"));
        }
        return value;
    }

    private static void set(Transformer stage, String name, String value) {
        if (!stage.hasParam(name)) {
            String known = Arrays.stream(stage.params()).map(Param::name).collect(Collectors.joining(", "));
            throw new IllegalArgumentException(
                    "--%s is no parameter of the stage; there are %s".formatted(name, known));
        }
        Param<?> param = stage.getParam(name);
        stage.set(name, typed(param, value));
    }

    private static Object typed(Param<?> param, String value) {
        try {
            return param instanceof IntParam
                    ? (Object) Integer.valueOf(value)
                    : param instanceof LongParam
                            ? (Object) Long.valueOf(value)
                            : param instanceof DoubleParam ? (Object) Double.valueOf(value) : value;
        } catch (NumberFormatException wrong) {
            throw new IllegalArgumentException(
                    "--%s is \"%s\", must be a number".formatted(param.name(), value), wrong);
        }
    }
}

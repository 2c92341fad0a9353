package org.sd15.importer.torch;

import java.util.Map;
import java.util.Set;
import org.sd15.importer.io.ImportException;
import org.sd15.importer.io.Shown;
import org.sd15.importer.tensor.DType;
import org.sd15.importer.tensor.TensorBounds;
import org.sd15.importer.torch.PickleValue.Dict;
import org.sd15.importer.torch.PickleValue.Global;
import org.sd15.importer.torch.PickleValue.Opaque;
import org.sd15.importer.torch.PickleValue.Storage;
import org.sd15.importer.torch.PickleValue.Tensor;
import org.sd15.importer.torch.PickleValue.Tuple;

/**
 * The calls that a pickle may ask for, all of them. They build descriptions of tensors; the harmless remainder, which
 * training checkpoints carry along, is noted and not built.
 *
 * @see <a href="https://github.com/pytorch/pytorch/blob/v2.7.1/torch/_utils.py">PyTorch, _utils.py</a> for the arguments
 *     of the {@code _rebuild} functions
 */
final class Constructors {

    private static final Set<String> HARMLESS = Set.of(
            "torch.device",
            "torch.Size",
            "numpy.dtype",
            "numpy.ndarray",
            "numpy.core.multiarray.scalar",
            "numpy.core.multiarray._reconstruct",
            "numpy._core.multiarray.scalar",
            "numpy._core.multiarray._reconstruct",
            "_codecs.encode",
            "collections.defaultdict",
            "collections.Counter",
            "builtins.set",
            "__builtin__.set");

    private static final Map<String, DType> STORAGES = Map.ofEntries(
            Map.entry("torch.DoubleStorage", DType.F64),
            Map.entry("torch.FloatStorage", DType.F32),
            Map.entry("torch.HalfStorage", DType.F16),
            Map.entry("torch.BFloat16Storage", DType.BF16),
            Map.entry("torch.LongStorage", DType.I64),
            Map.entry("torch.IntStorage", DType.I32),
            Map.entry("torch.ShortStorage", DType.I16),
            Map.entry("torch.CharStorage", DType.I8),
            Map.entry("torch.ByteStorage", DType.U8),
            Map.entry("torch.BoolStorage", DType.BOOL),
            Map.entry("torch.ComplexFloatStorage", DType.C64),
            Map.entry("torch.storage.UntypedStorage", DType.U8));

    /** The formats that have no storage class of their own: their tensors name them. */
    private static final Map<String, DType> DTYPES = Map.of(
            "torch.uint16", DType.U16,
            "torch.uint32", DType.U32,
            "torch.uint64", DType.U64,
            "torch.float8_e4m3fn", DType.F8_E4M3,
            "torch.float8_e5m2", DType.F8_E5M2,
            "torch.float8_e4m3fnuz", DType.F8_E4M3FNUZ,
            "torch.float8_e5m2fnuz", DType.F8_E5M2FNUZ,
            "torch.float8_e8m0fnu", DType.F8_E8M0);

    private Constructors() {}

    static Object construct(Global constructor, Tuple arguments, PickleInput in) {
        String name = constructor.toString();
        if (HARMLESS.contains(name)) {
            return new Opaque(constructor);
        }
        try {
            return switch (name) {
                case "collections.OrderedDict" -> emptyDict(arguments);
                case "torch.nn.modules.container.ParameterDict" -> Dict.ofModule();
                case "torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2" ->
                    tensor(arguments, storageOf(arguments).dtype(), in);
                case "torch._utils._rebuild_tensor_v3" -> tensor(arguments, dtype(arguments.get(6)), in);
                case "torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state" ->
                    (Tensor) arguments.get(0);
                default ->
                    throw in.problem(
                            "calls " + constructor + ", which is not on the list of harmless constructors: nothing was"
                                    + " run and nothing loaded. If the file is to be trusted, save it"
                                    + " as safetensors");
            };
        } catch (ClassCastException | IndexOutOfBoundsException | ArithmeticException malformed) {
            throw in.problem("calls " + constructor + " with arguments that make no sense");
        }
    }

    /** Torch fills it item by item; building one from a list would let a small pickle ask for a lot of memory. */
    private static Dict emptyDict(Tuple arguments) {
        if (arguments.size() > 0) {
            throw new ArithmeticException("not empty");
        }
        return new Dict();
    }

    private static Storage storageOf(Tuple arguments) {
        return (Storage) arguments.get(0);
    }

    private static DType dtype(Object global) {
        DType dtype = DTYPES.get(((Global) global).toString());
        if (dtype == null) {
            throw new ClassCastException("no known dtype");
        }
        return dtype;
    }

    private static Tensor tensor(Tuple arguments, DType dtype, PickleInput in) {
        Storage storage = storageOf(arguments);
        long[] shape = numbers((Tuple) arguments.get(2), in);
        long[] strides = numbers((Tuple) arguments.get(3), in);
        Tensor tensor = new Tensor(storage, dtype, (Long) arguments.get(1), shape, strides);
        if (strides.length != shape.length || tensor.offset < 0) {
            throw new ArithmeticException("rank or offset");
        }
        dtype.bytes(tensor.length()); // throws if they can't be counted
        if (dtype.bytes(Math.addExact(tensor.offset, tensor.span())) > storage.bytes()) {
            throw outside(tensor, in);
        }
        return tensor;
    }

    private static ImportException outside(Tensor tensor, PickleInput in) {
        return in.problem("has a tensor that reaches to element %d of storage %s, which has %,d"
                .formatted(tensor.offset + tensor.span(), Shown.of(tensor.storage.key()), tensor.storage.length()));
    }

    private static long[] numbers(Tuple tuple, PickleInput in) {
        if (tuple.size() > TensorBounds.HIGHEST_RANK) {
            throw in.problem("has a tensor of %,d dimensions, at most %d are read"
                    .formatted(tuple.size(), TensorBounds.HIGHEST_RANK));
        }
        long[] numbers = new long[tuple.size()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = (Long) tuple.get(i);
            if (numbers[i] < 0) {
                throw new ArithmeticException("negative");
            }
        }
        return numbers;
    }

    /** A reference to data outside the pickle: {@code ("storage", class, key, device, length)}. */
    static Storage storage(Object reference, PickleInput in) {
        if (reference instanceof Tuple parts
                && parts.size() >= 5
                && "storage".equals(parts.get(0))
                && parts.get(1) instanceof Global type
                && parts.get(2) instanceof String key
                && parts.get(4) instanceof Long length
                && length >= 0
                && (parts.size() == 5 || parts.get(5) == PickleValue.Singleton.NONE)) {
            DType dtype = STORAGES.get(type.toString());
            if (dtype == null) {
                throw in.problem("has a storage of the unknown type " + type);
            }
            if (length > Long.MAX_VALUE / dtype.bits()) {
                throw in.problem("has a storage of %,d elements, more than can be counted in bytes".formatted(length));
            }
            in.checkName(key);
            return new Storage(key, dtype, length);
        }
        throw in.problem("refers to something outside that is not a storage of this file");
    }
}

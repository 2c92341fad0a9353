package org.sd15.importer.torch;

import org.sd15.importer.torch.PickleValue.Tensor;

/** Elements at any strides of a storage, brought into C order. */
final class Strides {

    private Strides() {}

    /**
     * Gathers a tensor.
     *
     * @param span the storage's bytes from the tensor's first element to its last
     * @return the tensor's elements, side by side
     */
    static byte[] gather(byte[] span, Tensor tensor) {
        int element = tensor.dtype.bits() / Byte.SIZE;
        byte[] result = new byte[Math.toIntExact(tensor.dtype.bytes(tensor.length()))];
        long[] index = new long[tensor.shape.length];
        long source = 0;
        for (int target = 0; target < result.length; target += element) {
            System.arraycopy(span, (int) source * element, result, target, element);
            source += advance(index, tensor);
        }
        return result;
    }

    /** Steps to the next index in C order and says how far that is in the storage. */
    private static long advance(long[] index, Tensor tensor) {
        long distance = 0;
        for (int dimension = index.length - 1; dimension >= 0; dimension--) {
            distance += tensor.strides[dimension];
            if (++index[dimension] < tensor.shape[dimension]) {
                return distance;
            }
            distance -= tensor.shape[dimension] * tensor.strides[dimension];
            index[dimension] = 0;
        }
        return distance;
    }
}

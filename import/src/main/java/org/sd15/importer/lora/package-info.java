/**
 * Files of the LoRA family: changes of a model's linear layers, convolutions, norms and biases, as diffusers, PEFT, kohya's
 * scripts and LyCORIS write them. Names are looked up in the list of a model's modules, never rewritten.
 *
 * <p>What a change makes of a weight W at scale s, with {@code k = alpha / rank}:
 *
 * <table>
 * <caption>Methods</caption>
 * <tr><th>method</th><th>tensors</th><th>changed weight</th></tr>
 * <tr><td>LoRA</td><td>{@code lora_A, lora_B} and their other names</td><td>{@code W + s k B A}</td></tr>
 * <tr><td>with Tucker's decomposition</td><td>{@code lora_mid} as well</td><td>{@code W + s k (mid x up x down)}</td></tr>
 * <tr><td>LoHa</td><td>{@code hada_w1_a ... hada_t2}</td><td>{@code W + s k (w1 . w2)}, elementwise</td></tr>
 * <tr><td>LoKr</td><td>{@code lokr_w1 ... lokr_t2}</td><td>{@code W + s k (w1 kron w2)}; k = 1 if both are whole, but in PEFT's
 *     files</td></tr>
 * <tr><td>full difference</td><td>{@code diff, diff_b, w_norm, b_norm}</td><td>{@code W + s diff}</td></tr>
 * <tr><td>DoRA of PEFT</td><td>{@code lora_magnitude_vector}</td><td>{@code V = W + s delta; V m / |V|}</td></tr>
 * <tr><td>DoRA of LyCORIS</td><td>{@code dora_scale}, for rows or columns, on LoRA, LoHa, LoKr</td><td>{@code V = W + delta; V (1 +
 *     s (m / |V| - 1))}</td></tr>
 * <tr><td>(IA)3 of LyCORIS</td><td>{@code weight, on_input}</td><td>{@code W (1 + s weight)}</td></tr>
 * <tr><td>(IA)3 of PEFT</td><td>{@code ia3_l}</td><td>{@code W (1 + s (l - 1))}, the bias too if outputs are scaled</td></tr>
 * <tr><td>OFT of LyCORIS and kohya</td><td>{@code oft_blocks, rescale}; alpha is the constraint. {@code oft_diag}: R itself</td>
 *     <td>{@code rescale (I + s (R - I))^T W}</td></tr>
 * <tr><td>OFT of PEFT</td><td>{@code oft_R}</td><td>{@code W (I + s (R - I))^T}</td></tr>
 * </table>
 *
 * <p>PEFT has no scale but 1 for (IA)3 and OFT; there the scale is LyCORIS's.
 */
@NullMarked
package org.sd15.importer.lora;

import org.jspecify.annotations.NullMarked;

// A picture in a frame, looked at closely: how large and where. Pure; lengths in pixels of the screen.

export interface View {
  /** 1: the whole picture is in the frame. */
  readonly scale: number;
  /** How far its middle stands from the middle of the frame. */
  readonly x: number;
  readonly y: number;
}
export interface Frame {
  readonly width: number;
  readonly height: number;
}

export const WHOLE: View = { scale: 1, x: 0, y: 0 };
export const LARGEST = 6;
const SWIPE = 0.18;

/** Kept so that the frame is never left empty: what is larger covers it, what is not stands in its middle. */
export function kept({ scale, x, y }: View, frame: Frame): View {
  const size = Math.min(LARGEST, Math.max(1, scale));
  const inside = (value: number, length: number) => {
    const most = (length * (size - 1)) / 2;
    return Math.min(most, Math.max(-most, value)) + 0;
  };
  return { scale: size, x: inside(x, frame.width), y: inside(y, frame.height) };
}

/** Larger or smaller by a factor, while the point (from the frame's middle) stays under the finger. */
export function zoomed(view: View, factor: number, at: { x: number; y: number }, frame: Frame): View {
  const scale = Math.min(LARGEST, Math.max(1, view.scale * factor));
  const grown = scale / view.scale;
  const moved = { x: at.x - (at.x - view.x) * grown, y: at.y - (at.y - view.y) * grown };
  return kept({ scale, ...moved }, frame);
}

export function moved(view: View, by: { x: number; y: number }, frame: Frame): View {
  return kept({ ...view, x: view.x + by.x, y: view.y + by.y }, frame);
}

/** Which neighbour a swipe over the whole picture asks for: 1 the next, -1 the one before, 0 none. */
export function swiped(by: { x: number; y: number }, frame: Frame): -1 | 0 | 1 {
  if (Math.abs(by.x) < frame.width * SWIPE || Math.abs(by.x) < 2 * Math.abs(by.y)) return 0;
  return by.x < 0 ? 1 : -1;
}

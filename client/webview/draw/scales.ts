/** From time to place and back. Phases have fixed shares of the width, so that short ones stay visible. */
import { type ScaleLinear, scaleLinear } from 'd3-scale';
import { type Clock, PHASES } from '../../../simulator/kexec/clock.ts';
import { PHASE_SHARE } from '../../../simulator/view/svg.ts';
import { phaseEdges } from '../state.ts';

export type TimeScale = ScaleLinear<number, number>;

/** Microseconds to pixels: linear within each phase. */
export function timeScale(clock: Clock, width: number): TimeScale {
  const places = [0];
  for (const phase of PHASES) places.push(places.at(-1)! + PHASE_SHARE[phase] * width);
  return scaleLinear()
    .domain([...phaseEdges(clock)])
    .range(places)
    .clamp(true);
}

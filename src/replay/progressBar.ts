import { Presets, SingleBar } from 'cli-progress'

/** A progress bar with count, rate and time left; plain lines every two seconds where there is no terminal. */
export const progressBar = (title: string): SingleBar =>
  new SingleBar(
    {
      format: `${title} {bar} {percentage}% | {events} events | {rate} events/s | {eta_formatted} left`,
      etaBuffer: 50,
      hideCursor: true,
      noTTYOutput: true,
      notTTYSchedule: 2000,
    },
    Presets.legacy,
  )

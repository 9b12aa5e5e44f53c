import type { Region } from '../../domain/regions.ts'

/** A state as a person reads it: `reviewOpen` is "review open". */
export const stateInWords = (state: string): string =>
  state.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)

/** The regions as headings. */
export const REGION_TITLES: Readonly<Record<Region, string>> = {
  legacy: 'Legacy life cycle',
  lifecycle: 'New KYC life cycle',
  documents: 'Documents',
  liveness: 'Liveness',
  qes: 'Qualified electronic signature (QES)',
  videoConference: 'Video conference',
}

/** Times as the provider spells them, each kind of object in its own way; all but KYC objects and livenesses in Paris time. */

const PARIS = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Paris', dateStyle: 'short', timeStyle: 'medium' })
const OFFSET = new Intl.DateTimeFormat('en', { timeZone: 'Europe/Paris', timeZoneName: 'longOffset' })

/** Of users and documents: `2022-05-18 12:21:04`. */
export const parisTime = (at: Date): string => PARIS.format(at)

/** Of QES and video conferences: `2024-06-27T09:16:23+02:00`. */
export const parisTimeWithOffset = (at: Date): string => {
  const zone = OFFSET.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? ''
  return `${parisTime(at).replace(' ', 'T')}${zone.replace('GMT', '')}`
}

/** In comments on reviews: `30-05-2022 - 16:11:02`. */
export const parisTimeInComment = (at: Date): string =>
  parisTime(at).replace(/^(\d+)-(\d+)-(\d+) (.*)$/, '$3-$2-$1 - $4')

/** Of KYC objects: `2015-02-25T11:06:39Z`. */
export const utcSeconds = (at: Date): string => `${at.toISOString().slice(0, 19)}Z`

/** Of livenesses: `2020-06-30T07:10:47.824723Z`. */
export const utcMicroseconds = (at: Date): string => at.toISOString().replace('Z', '000Z')

/** `nextReviewDate`: the documented one is the day of the review, five years later. */
export const fiveYearsLater = (at: Date): string => `${at.getUTCFullYear() + 5}${at.toISOString().slice(4, 10)}`

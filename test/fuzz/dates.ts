import type { Dice } from './dice.ts'

const YEARS =
  '0000 0001 0099 1582 1899 1900 1901 1911 1969 1970 1989 1999 2000 2023 2024 2024 2025 2026 2037 2038 2100 9998 9999'
const STRANGE_YEARS = '10000 -001 +2024 +275760 -271821 24 2O24'
const MONTHS = '00 01 02 02 03 06 10 12 13 1'
const DAYS = '00 01 15 27 28 29 30 31 31 32 1'
const HOURS = '00 00 01 02 03 09 12 23 24 25 2'
const SIXTIES = '00 00 30 59 60 61 0'
const FRACTIONS = [
  '',
  '',
  '',
  '.0',
  '.1',
  '.123',
  '.999',
  '.9994',
  '.999999',
  '.9999999',
  '.999999999',
  '.',
  '.1234567890123',
  ',5',
]
const ZONES = [
  'Z',
  'Z',
  'Z',
  'z',
  '+00:00',
  '-00:00',
  '+02:00',
  '+14:00',
  '-12:00',
  '+23:59',
  '-23:59',
  '+24:00',
  '+2:00',
  '+0200',
  '+02',
  '',
  ' UTC',
  ' +02:00',
]
const SEPARATORS = ['T', 'T', 'T', 't', ' ', ' ', '']
/** Hours that clocks of Paris pass over, or show twice; its time before 1911 was not of whole hours; times nobody means. */
const KNOWN = [
  '2024-03-31 02:00:00',
  '2024-03-31 02:30:00',
  '2024-03-31 03:00:00',
  '2024-10-27 02:00:00',
  '2024-10-27 02:30:00',
  '2024-10-27 03:00:00',
  '1911-03-10 23:51:39',
  '1911-03-11 00:00:00',
  '1900-01-01 00:00:00',
  '1940-06-14 23:00:00',
  '0000-00-00 00:00:00',
  '0000-00-00',
  '1989-00-00',
  '0001-01-01 00:00:00',
  '9999-12-31 23:59:59',
  '9999-12-31T23:59:59.9999999Z',
  '9999-12-31T23:59:59-00:01',
  '0000-01-01T00:00:00+00:01',
  '2024-02-29T23:59:60Z',
  '2024-06-30T23:59:60Z',
  '20240627T071624Z',
  '2024-W26-4',
  'Thu, 27 Jun 2024 07:16:24 GMT',
  '27-06-2024 - 07:16:24',
  'now',
  'Invalid Date',
  '１９８９-01-01',
]
const NUMBERS = [
  '0',
  '-0',
  '1',
  '-1',
  '1e10',
  '1E13',
  '1771583207',
  '1771583207.5',
  '9999999999',
  '1724061955000',
  '9999999999999',
  '17194725841286',
  '17194725841286.5',
  '1.7194725841286e13',
  '99999999999999',
  '10000000000000',
  '253402300799',
  '253402300800000',
  '8640000000000000',
  '8640000000000001',
  '9007199254740993',
  '1e400',
  '-1e400',
  '1e-400',
  '0.1',
  '-17194725841286',
  '17194725841286e0',
  '171947258412860',
]

const words = (text: string): readonly string[] => text.split(' ')

/** A text that is a time, nearly one, or stands where one should; without quotes. */
export const anyDate = (dice: Dice): string => {
  if (dice.once(4)) return dice.pick(KNOWN)
  if (dice.once(8)) return dice.pick(NUMBERS)
  const year = dice.pick(words(dice.once(10) ? STRANGE_YEARS : YEARS))
  const date = `${year}-${dice.pick(words(MONTHS))}-${dice.pick(words(DAYS))}`
  if (dice.once(5)) return date
  const time = `${dice.pick(words(HOURS))}:${dice.pick(words(SIXTIES))}:${dice.pick(words(SIXTIES))}`
  return `${date}${dice.pick(SEPARATORS)}${time}${dice.pick(FRACTIONS)}${dice.pick(ZONES)}`
}

/** A time that a number stands for, or nearly; as it is written. */
export const anyEpoch = (dice: Dice): string => dice.pick(NUMBERS)

/** A plain time of the last years, in one of the units of the provider. */
export const plainEpoch = (dice: Dice): string => {
  const seconds = 1_650_000_000 + dice.below(110_000_000)
  return dice.pick([
    String(seconds),
    String(seconds * 1000 + dice.below(1000)),
    String(seconds * 10_000 + dice.below(10_000)),
  ])
}

/** A plain time of the last years as RFC 3339. */
export const plainDate = (dice: Dice): string => {
  const at = new Date((1_650_000_000 + dice.below(110_000_000)) * 1000).toISOString()
  return dice.pick([at, at.replace('.000Z', 'Z'), at.replace('.000Z', '.123456Z'), at.replace('.000Z', '+02:00')])
}

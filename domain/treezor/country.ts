/** `distributionCountry`: where a user is served from (Treezor API v25.04). */
export const COUNTRIES = ['BE', 'DE', 'ES', 'FR', 'IT', 'NL'] as const
export type Country = (typeof COUNTRIES)[number]

export const isCountry = (u: unknown): u is Country => COUNTRIES.some((country) => country === u)

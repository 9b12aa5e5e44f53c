/** What `Retry-After` asks for (RFC 9110, 10.2.3: seconds, or a date), in milliseconds from `now`; `null` where it says nothing that can be read. */
export const askedWait = (header: string | undefined, now: number): number | null => {
  if (header === undefined) return null
  if (/^\d{1,15}$/.test(header)) return Number(header) * 1000
  // Dates of HTTP begin with a name of a day; `Date.parse` reads much else.
  const at = /^[A-Z][a-z]{2,8},? /.test(header) ? Date.parse(header) : Number.NaN
  return Number.isNaN(at) ? null : Math.max(0, at - now)
}

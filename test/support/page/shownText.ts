const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" }

/** What a page, or a part of it, shows, as text with single spaces: without tags, with characters in the place of their entities. */
export const shownText = (page: string): string =>
  page
    .slice(Math.max(0, page.indexOf('<main')))
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/&([a-z]+|#39);/g, (all, name: string) => ENTITIES[name] ?? all)
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/ (?=[,.;:])/g, '')

/** What stands in a section of a page, by the id of its heading: its HTML; nothing where there is no such section. */
export const sectionOf = (page: string, id: string): string => {
  const from = page.indexOf(`<section aria-labelledby="${id}"`)
  return from === -1 ? '' : page.slice(from, page.indexOf('</section>', from))
}

import type { PagesOf } from './page.ts';

export const PARENT_PAGES: PagesOf<'locator' | 'parent' | 'chain'> = {
  'locator.code': {
    title: 'An unknown parent locator',
    severity: 'warning',
    means:
      'A locator has a code that no platform uses, so its text cannot be understood. vhd-util refuses the whole image for it. A slot without a code but with numbers is merely noted.',
    causes: 'A program of its own making, an edit, or damage under a new checksum.',
    action: 'Write the locators anew (locator-rewrite).',
  },
  'locator.duplicate': {
    title: 'Two locators of one kind',
    severity: 'warning',
    means: 'Each platform can have one locator; which of two a program takes is chance.',
    causes: 'A relink that added instead of replaced, or an edit.',
    action: 'Write the locators anew (locator-rewrite).',
  },
  'locator.outside': {
    title: 'A locator outside the file',
    severity: 'warning',
    means:
      'The text of a locator is said to stand where the file has no bytes. vhd-util misunderstands that, and its repair grows the file up to there.',
    causes: 'A cut file, an edit, or damage under a new checksum.',
    action:
      'Write the locators anew (locator-rewrite). Other locators and the name in the header still lead to the parent.',
  },
  'locator.overlap': {
    title: "A locator in another structure's place",
    severity: 'warning',
    means:
      'The text of a locator is said to stand where the table, a block or another locator is. What is read there is no path, and writing it would damage the other.',
    causes: 'An edit, or a damaged offset.',
    action: 'Write the locators anew (locator-rewrite), in room of their own. Do not let vhd-util modify the image.',
  },
  'locator.length': {
    title: 'A locator of impossible length',
    severity: 'warning',
    means: 'The length is zero, longer than any path, or odd for UTF-16 text.',
    causes: 'An edit, or damage under a new checksum.',
    action: 'Write the locators anew (locator-rewrite).',
  },
  'locator.space': {
    title: 'A locator without room',
    severity: 'warning',
    means:
      'The room that is kept for the text is less than the text, so a program that writes it may overwrite what follows.',
    causes: 'The specification counts room in sectors and Microsoft in bytes; or an edit.',
    action: 'Write the locators anew (locator-rewrite).',
  },
  'locator.name-mismatch': {
    title: 'Locators and name disagree',
    severity: 'warning',
    means:
      'A locator names another file than the header does, or the header names none. Programs that follow one find another parent than those that follow the other; the id decides.',
    causes: 'A relink that changed one and not the other, or a parent that was renamed by hand.',
    action: 'See which file has the right id, and write both anew (locator-rewrite).',
  },
  'locator.none': {
    title: 'No locator leads to the parent',
    severity: 'warning',
    means:
      'None of the eight locators can be read. Programs that only follow locators, as vhd-util does, cannot find the parent; Platter also looks by name and id.',
    causes: 'A program that only writes the name, or locators that were wiped.',
    action: 'Write locators (locator-rewrite).',
  },
  'locator.unreadable': {
    title: 'A locator that cannot be read',
    severity: 'warning',
    means:
      'The bytes of a locator are no text in its encoding, or one that only its own system understands, as a Mac OS alias.',
    causes: 'Damage to the text, or a disk made on a Mac.',
    action: 'Write the locators anew (locator-rewrite) unless the others suffice.',
  },
  'parent.missing': {
    title: 'The parent is missing',
    severity: 'error',
    means:
      'The image holds only what was written since its parent was made; everything else is in the parent, which was found nowhere. It is not zeros that are missing: programs that fill in zeros give a disk that never was.',
    causes: 'The parent was moved, renamed, deleted, or not copied along.',
    action:
      'Bring the parent back, or open the folder it is in: it is found by its id under any name (relink-parent). An export without it is possible with --missing-parent holes, and says what is missing.',
  },
  'parent.moved': {
    title: 'The parent has moved',
    severity: 'warning',
    means:
      'The parent is not where the image says, but a file with the right id was found. Platter reads through it; other programs do not find it.',
    causes: 'The parent was moved or renamed.',
    action: 'Point the image at it again (relink-parent).',
  },
  'parent.id-mismatch': {
    title: 'Another image in the parent’s place',
    severity: 'error',
    means:
      'The file that the image names as its parent has another id. Read through it, the guest would see a mixture of two disks. vhd-util coalesces into it without a word.',
    causes: 'The parent was replaced, restored from another backup, or given a new id by a repair.',
    action:
      'Find the image with the right id. Only if it is certain that the content is the same, relink with --accept-id-mismatch and a reason.',
  },
  'parent.id-nil': {
    title: 'A nil parent id on a VHD parent',
    severity: 'error',
    means:
      'A nil parent id means that the parent is a raw disk. Here the parent is a VHD: read as raw, its tables would be taken for the guest’s data, and a coalesce by vhd-util destroys it.',
    causes: 'An image linked with the raw option by mistake, or a wiped id.',
    action:
      'Point the image at its parent again, with the id (relink-parent), once it is certain that this is the parent.',
  },
  'parent.timestamp': {
    title: 'The parent has another time',
    severity: 'info',
    means:
      'The image remembers when its parent was last changed, and the file has another time now. That is a hint that the parent may have been written to since; Hyper-V refuses such a pair.',
    causes:
      'Setting hidden on the parent, a copy that did not keep times, or a parent that was really written to, which spoils the child.',
    action: 'If somebody used the parent as a disk of its own, take a parent from before. Otherwise nothing.',
  },
  'parent.timestamp-future': {
    title: 'The parent’s time is in the future',
    severity: 'warning',
    means:
      'The image remembers a parent that was changed later than now. The data is not concerned; vhd-util refuses the image.',
    causes: 'A clock that was wrong when the image was made, or that is wrong here; or an edit.',
    action: 'Check the clock of this machine first. As evidence, note it.',
  },
  'parent.damaged': {
    title: 'The parent is damaged',
    severity: 'error',
    means:
      'The parent was found, and it has errors of its own. What the image does not hold itself comes from there, so the guest is concerned as far as the lost ranges say.',
    causes: 'See the findings of the parent.',
    action: 'Repair the parent first. Do not coalesce into it before.',
  },
  'parent.larger': {
    title: 'The parent is larger than the child',
    severity: 'warning',
    means:
      'The disk of the parent is larger than that of the child. The guest sees only as much as the child says; Hyper-V refuses such a pair.',
    causes: 'The parent was resized after the child was made, which spoils the chain for most programs.',
    action:
      'If the parent was grown by mistake, set it back to its former size. Check the file systems before anything is merged.',
  },
  'parent.smaller': {
    title: 'The parent is smaller than the child',
    severity: 'info',
    means:
      'The disk was grown in the child. Past the parent’s end only the child’s own sectors hold something; the rest is zeros. A coalesce has to grow the parent first: vhd-util stops half way.',
    causes: 'A resize of a disk with snapshots.',
    action: 'Nothing. Platter grows the parent before it coalesces.',
  },
  'parent.block-size': {
    title: 'Parent and child have blocks of different size',
    severity: 'info',
    means: 'That is legal, and Platter reads it. vhd-util assumes 2 MiB everywhere, and merges only a part of it.',
    causes: 'Images of different writers in one chain.',
    action: 'Do not coalesce it with vhd-util.',
  },
  'parent.name-encoding': {
    title: "The parent's name is unusual text",
    severity: 'info',
    means:
      'The name in the header is not plain ASCII, not valid UTF-16, or stored with swapped bytes. Names in any script are legal, but vhd-util refuses all but ASCII.',
    causes: 'A name in another script; or an early tapdisk, which swapped the bytes.',
    action: 'Nothing, unless vhd-util has to read it: then rename the parent and relink.',
  },
  'chain.cycle': {
    title: 'The chain runs in a circle',
    severity: 'error',
    means:
      'Following parents leads back to where it began, so there is no base and the guest’s disk cannot be read. vhd-util never ends on such a chain.',
    causes: 'A relink to the wrong file, or an image copied over its own parent.',
    action: 'See which image has the wrong parent, and relink it (relink-parent).',
  },
  'chain.duplicate-id': {
    title: 'Two images with one id',
    severity: 'warning',
    means:
      'Children name their parent by its id. With two files of one id, which of them is meant is not certain, and programs may take the wrong one.',
    causes: 'A copy of an image beside the original.',
    action:
      'Keep copies in another folder. If both are in use as disks of their own, give one a new id (uuid-new), unless it has children.',
  },
  'chain.too-long': {
    title: 'A very long chain',
    severity: 'info',
    means:
      'The chain has more members than XenServer allows (30). Each makes reading slower, and any of them that is lost spoils the disk.',
    causes: 'Snapshots that are never coalesced; a coalesce process that does not get through.',
    action: 'Find out why nothing is coalesced (platter smlog), or coalesce by hand.',
  },
  'chain.saved-state': {
    title: 'A suspended machine below',
    severity: 'warning',
    means:
      'An ancestor of this image belongs to a suspended machine. What that machine had not written yet is in its saved state, so file systems may look as after a power cut.',
    causes: 'A snapshot of a suspended machine.',
    action: 'Nothing is lost. Do not merge into that ancestor while the state is still needed.',
  },
};

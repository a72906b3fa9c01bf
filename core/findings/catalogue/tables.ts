import type { PagesOf } from './page.ts';

export const TABLE_PAGES: PagesOf<'table' | 'gpt'> = {
  'table.missing': {
    title: 'No partition table',
    severity: 'warning',
    means:
      'The disk begins with neither an MBR nor a GPT. A file system may start at its first sector, or the table has been wiped. A check says so where VMFS volumes in their usual places show that there was one.',
    causes: 'A disk used without partitions, a wiped first sector, or an encrypted disk.',
    action: 'If the disk had partitions, look for them and write a table back (platter rebuild-table).',
  },
  'table.signature': {
    title: 'The boot sector lacks its signature',
    severity: 'error',
    means:
      'The first sector has entries that look like a partition table, but not the bytes 55 AA at its end. Systems ignore such a table.',
    causes: 'Damage to the first sector, or a boot loader that was written wrongly.',
    action: 'If the entries are right, write the signature back (platter rebuild-table).',
  },
  'table.overlap': {
    title: 'Partitions overlap',
    severity: 'error',
    means: 'Two partitions share sectors. Writing to one damages the other.',
    causes: 'A table edited by hand, or one rebuilt from remains of an older layout.',
    action: 'See which file system is current, and remove the other entry.',
  },
  'table.beyond-end': {
    title: 'A partition past the end of the disk',
    severity: 'error',
    means: 'A partition ends behind the last sector of the disk. What lies there cannot be read.',
    causes: 'A disk that was made smaller or cut, or a table from another disk.',
    action: 'Look for the complete disk before the table is changed.',
  },
  'table.loop': {
    title: 'Extended partitions in a circle',
    severity: 'error',
    means: 'The chain of extended boot records leads back to itself. Reading stops where it began.',
    causes: 'Damage, or a disk made to make programs hang.',
    action: 'The logical partitions before the loop are listed; the others have to be looked for.',
  },
  'table.entry': {
    title: 'An entry that cannot be right',
    severity: 'error',
    means:
      'An entry of the table ends before it starts, or is marked neither active nor inactive. Systems leave it out, or the whole table with it.',
    causes: 'Damage to the table, or an edit by hand.',
    action: 'Compare with the file systems on the disk, and write the table anew (platter rebuild-table).',
  },
  'table.chain': {
    title: 'The chain of extended partitions breaks off',
    severity: 'error',
    means:
      'Logical partitions hang together as a chain of extended boot records. One of these is not where it should be, so the partitions behind it are not found.',
    causes: 'A record that was overwritten, or a disk that was cut.',
    action: 'Look for the lost partitions by their file systems (platter rebuild-table).',
  },
  'table.hidden-entry': {
    title: 'A second partition in an extended boot record',
    severity: 'info',
    means:
      'A record of the chain has an entry that does not lie inside it. Some tools list it as a partition; Linux does not.',
    causes: 'An unusual tool, remains of an older table, or something that is meant not to be seen.',
    action: 'Nothing has to be done. As evidence, look at where the entry points.',
  },
  'table.sector-size': {
    title: 'The table counts in sectors of 4096 bytes',
    severity: 'info',
    means:
      'An MBR does not say how large its sectors are. Here the file systems stand where its entries say when sectors have 4096 bytes, and not when they have 512, so it is read that way.',
    causes: 'A disk with sectors of 4096 bytes, or an image of one.',
    action: 'Show the image to a machine as a disk with sectors of 4096 bytes.',
  },
  'gpt.primary-checksum': {
    title: 'The primary GPT header does not fit its checksum',
    severity: 'error',
    means: 'The header at sector 1 is damaged. Systems fall back on the backup at the end of the disk.',
    causes: 'Storage damage, or a tool that edited it without a new checksum.',
    action: 'Write it anew from the backup (platter rebuild-table).',
  },
  'gpt.primary-missing': {
    title: 'The primary GPT header is missing',
    severity: 'error',
    means: 'Sector 1 holds no GPT header. Systems may not find the partitions, though the backup is there.',
    causes: 'The start of the disk was wiped or overwritten by an MBR tool.',
    action: 'Write it anew from the backup (platter rebuild-table).',
  },
  'gpt.backup-checksum': {
    title: 'The backup GPT header does not fit its checksum',
    severity: 'warning',
    means: 'The backup at the end of the disk is damaged. The primary reads, but the spare is gone.',
    causes: 'Storage damage, or a program that wrote to the end of the disk.',
    action: 'Write it anew from the primary (platter rebuild-table).',
  },
  'gpt.backup-missing': {
    title: 'The backup GPT header is missing',
    severity: 'warning',
    means: 'The end of the disk holds no backup header. The primary reads, but there is no spare.',
    causes: 'A disk that was grown or cut, or a program that wrote to its end.',
    action: 'Write it anew from the primary (platter rebuild-table).',
  },
  'gpt.backup-misplaced': {
    title: 'The backup GPT header is not at the end',
    severity: 'info',
    means: 'The backup stands before the last sector. It is good, but the room behind it is not in the table.',
    causes: 'A disk that was grown.',
    action: 'Nothing has to be done. Tools that grow partitions move it first.',
  },
  'gpt.copies-differ': {
    title: 'Primary and backup GPT differ',
    severity: 'warning',
    means: 'Both are good by their own checksums and do not say the same. Systems take the primary.',
    causes: 'A tool that was stopped between the two, or one that only writes the primary.',
    action: 'See which matches the file systems, and write the other from it.',
  },
  'gpt.array-checksum': {
    title: 'The GPT entries do not fit their checksum',
    severity: 'error',
    means: 'The array of partition entries is damaged. The other copy may be good.',
    causes: 'Storage damage, or an edit without a new checksum.',
    action: 'Write it anew from the other copy (platter rebuild-table).',
  },
  'gpt.protective-missing': {
    title: 'No protective MBR before the GPT',
    severity: 'warning',
    means:
      'The GPT is there, but the first sector does not say so. Linux and Windows then take the disk for one without partitions.',
    causes: 'A wiped first sector.',
    action: 'Write the protective MBR back (platter rebuild-table).',
  },
  'gpt.hybrid': {
    title: 'A hybrid MBR',
    severity: 'info',
    means: 'The MBR in front of the GPT has partitions of its own, for systems that know no GPT.',
    causes: 'Tools for starting Windows on older Macs, and images for USB sticks.',
    action: 'Nothing has to be done. After a change to one table, see that the other still agrees.',
  },
  'gpt.stale': {
    title: 'A GPT left over from before',
    severity: 'info',
    means: 'The disk is partitioned by an MBR; a GPT of an older layout has not been wiped. Systems use the MBR.',
    causes: 'A disk that was partitioned anew by a tool that knows no GPT.',
    action: 'Nothing has to be done. As evidence, the old entries say what was there.',
  },
};

export const VMFS_PAGES: PagesOf<'vmfs'> = {
  'vmfs.header-damaged': {
    title: 'A VMFS header is damaged',
    severity: 'error',
    means:
      'A header is missing where one belongs, or has fields that cannot be right, or two headers do not belong together. ESX will not mount the volume.',
    causes:
      'A partition tool or installer that wrote to the volume, a partition table that points elsewhere, or storage damage.',
    action:
      'Restore the header from a backup if there is one (platter restore-headers). Take a copy of the first MiB first.',
  },
  'vmfs.fs-missing': {
    title: 'A volume without its file system header',
    severity: 'error',
    means:
      'The LVM header is there, but the file system header is not 2 MiB behind where it says that data begins. Extents of a spanned volume other than the first have none, and get no such finding.',
    causes: 'A header that was overwritten, or an image that holds only the start of the disk.',
    action:
      'Restore the header from a backup (platter restore-headers). The volume’s size and place are known all the same.',
  },
  'vmfs.size-mismatch': {
    title: 'Volume and device differ in size',
    severity: 'warning',
    means:
      'The LVM header stores the exact size of the partition the volume was made on, and the partition, the image or the disk has another. An error where the volume ends behind the disk.',
    causes: 'A LUN that was resized, or a partition table that was rebuilt wrongly.',
    action:
      'Compare with the partition table. A partition that is too small has to be put right before the volume is mounted.',
  },
  'vmfs.extent-missing': {
    title: 'An extent of the volume is missing',
    severity: 'error',
    means:
      'The volume spans several devices, and not all of them were given. Files may have parts on the missing one, and only a complete volume can be resignatured.',
    causes: 'A LUN that is not presented or was not copied along.',
    action: 'Give all LUNs of the volume at once (platter vmfs A B C). Its own table tells which part is missing.',
  },
  'vmfs.snapshot': {
    title: 'ESX takes this LUN for a snapshot',
    severity: 'warning',
    means:
      'The device id that the volume’s header remembers is not that of the device it is presented as. ESX does not mount such a volume by itself. Another id is certain to do so; another LUN or product only in some versions, and is a mere note.',
    causes: 'A replicated or cloned LUN, or one that got another number or id.',
    action:
      'Present it as it was, if the change was not meant. Else mount it with its signature kept, or resignature it: that cannot be undone, and changes every path to its files. Platter does neither.',
  },
  'vmfs.stale-header': {
    title: 'A header left over from before',
    severity: 'info',
    means:
      'The volume shares sectors with another, and the other is the live one: the partition table has it in full length, or its header was changed later.',
    causes: 'A LUN that was partitioned anew, or a virtual disk in the datastore that holds a VMFS of its own.',
    action: 'Nothing. As evidence, it says what was there before.',
  },
};

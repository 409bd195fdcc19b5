// What is known of a photo, in words: shown under it, and read instead of it.
import { moment } from '../components/format.ts';
import type { OpenVisit, Photo, PhotoPlace } from '../state/interface.ts';
import { language, t } from '../text/text.svelte.ts';

/** Degrees with five decimals, some one metre, as the desk writes them. */
export function placeText({ lat_e6, lon_e6, accuracy_m }: PhotoPlace): string {
  const degrees = (millionths: number) =>
    (Math.round(Math.abs(millionths) / 10) / 1e5).toFixed(5).replace('.', language() === 'vi' ? ',' : '.');
  const [lat, lon] = [degrees(lat_e6), degrees(lon_e6)];
  const way = [t(lat_e6 < 0 ? 'photo.south' : 'photo.north'), t(lon_e6 < 0 ? 'photo.west' : 'photo.east')];
  return t('photo.place', { lat: `${lat}° ${way[0]}`, lon: `${lon}° ${way[1]}`, metres: accuracy_m });
}

function takenText(visit: OpenVisit, { author, takenAt }: Photo): string {
  const name = visit.people.get(author) ?? t('author.unknown');
  return t('photo.taken', { name, time: takenAt ? moment(takenAt) : t('photo.time_unknown') });
}

/** The picture for who does not see it. */
export function photoName(visit: OpenVisit, photo: Photo): string {
  return photo.caption ? `${photo.caption}. ${takenText(visit, photo)}` : takenText(visit, photo);
}

export function photoFacts(visit: OpenVisit, photo: Photo): readonly string[] {
  const { madeFrom, place, sent, veiled } = photo;
  return [
    takenText(visit, photo),
    place ? placeText(place) : t('photo.no_place'),
    ...(madeFrom ? [t(madeFrom.masked ? 'photo.masked' : 'photo.drawn')] : []),
    ...(veiled ? [t('photo.veiled')] : []),
    t(sent ? 'photo.is_sent' : 'photo.is_waiting'),
  ];
}

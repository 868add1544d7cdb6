import type { DeviceNews } from '../host';
import { t } from '../i18n';

/** A sentence on what happened to a sound device. */
export function deviceWords(news: DeviceNews): string {
  switch (news.news) {
    case 'missing':
      return t.device.none[news.role];
    case 'moved':
      return `${t.settings[news.role]}: ${news.name}.`;
    case 'preferred':
      return t.device.preferred(t.settings[news.role], news.name ?? t.settings.gone);
    case 'refused':
      return `${t.settings[news.role]}: ${t.device[news.fault](news.name)} (${news.why})`;
    default:
      return t.device[news.news](news.name);
  }
}

// The recovery page's own words: it loads nothing the app needs, and the app loads nothing of it.
const vi = {
  title: 'Cứu dữ liệu chưa gửi',
  subtitle: 'CôngVụ · Kiểm tra hiện trường',
  explain:
    'Trang này chỉ đọc dữ liệu trên máy, không sửa và không xóa gì. Hãy lưu phần chưa gửi ra tệp rồi gửi cho quản trị viên; họ nhập được vào hệ thống.',
  reading: 'Đang đọc dữ liệu trên máy…',
  nobody: 'Trên máy này không có dữ liệu của ứng dụng.',
  unreadable: 'Trình duyệt không cho đọc dữ liệu: {reason}',
  signed_in: 'Đang đăng nhập',
  nothing: 'Máy chủ đã có mọi thay đổi và ảnh.',
  counts: '{ops} thay đổi, {photos} ảnh, {drafts} bản nháp chưa gửi',
  visit: '{unit}: {ops} thay đổi, {photos} ảnh, {drafts} bản nháp',
  unknown_visit: 'Cuộc kiểm tra {id}',
  unknown_person: 'Người dùng {id}',
  locked: 'Chỉ {name} lưu được phần này, sau khi đăng nhập trên máy này.',
  confirm: 'Nhập tên đăng nhập của {name} để lưu phần của người này',
  confirm_wrong: 'Tên đăng nhập không đúng.',
  save: 'Lưu ra tệp',
  share: 'Gửi tệp đi…',
  saved: 'Đã lưu {file}: {ops} thay đổi, {photos} ảnh. Dữ liệu vẫn còn nguyên trên máy.',
  failed: 'Chưa lưu được: {reason}',
  back: 'Mở lại ứng dụng',
  renew: 'Tải lại ứng dụng từ máy chủ (cần mạng)',
  renewing: 'Đang tải lại…',
  renew_offline: 'Không có mạng nên chưa tải lại được. Dữ liệu không thay đổi.',
  never_clear: 'Đừng xóa dữ liệu trình duyệt và đừng gỡ ứng dụng khi còn phần chưa gửi.',
};
const en: typeof vi = {
  title: 'Rescue unsent work',
  subtitle: 'CôngVụ · Field inspection',
  explain:
    'This page only reads what is on this device; it changes and deletes nothing. Save what was not sent to a file and give it to your administrator, who can import it.',
  reading: 'Reading the data on this device…',
  nobody: 'There is no data of this app on this device.',
  unreadable: 'The browser does not let the data be read: {reason}',
  signed_in: 'Signed in',
  nothing: 'The server has every change and photo.',
  counts: '{ops} changes, {photos} photos, {drafts} drafts not sent',
  visit: '{unit}: {ops} changes, {photos} photos, {drafts} drafts',
  unknown_visit: 'Visit {id}',
  unknown_person: 'User {id}',
  locked: 'Only {name} can save this, after signing in on this device.',
  confirm: 'Type the login name of {name} to save this person’s work',
  confirm_wrong: 'That is not the login name.',
  save: 'Save to a file',
  share: 'Send the file…',
  saved: 'Saved {file}: {ops} changes, {photos} photos. The data is still on this device.',
  failed: 'Not saved: {reason}',
  back: 'Open the app again',
  renew: 'Load the app from the server again (needs a network)',
  renewing: 'Loading…',
  renew_offline: 'There is no network, so nothing was loaded. The data is unchanged.',
  never_clear: 'Do not clear browser data and do not remove the app while something is unsent.',
};

function stored(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

const language = stored('congvu.language') === 'en' ? 'en' : 'vi';

export function t(key: keyof typeof vi, values: Readonly<Record<string, string | number>> = {}): string {
  return (language === 'en' ? en : vi)[key].replace(/\{(\w+)\}/g, (all, name: string) =>
    String(values[name] ?? all),
  );
}

/** The language, the colours and the text size the person chose in the app. */
export function dress(): void {
  document.documentElement.lang = language;
  for (const what of ['theme', 'text']) {
    const chosen = stored(`congvu.${what}`);
    if (chosen) document.documentElement.dataset[what] = chosen;
  }
}

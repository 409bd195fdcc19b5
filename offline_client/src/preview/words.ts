// The preview's own words. The desk is Vietnamese, and so is what stands around the phone's screens here.
export const WORDS = {
  subtitle: 'Xem thử, không lưu',
  waiting: 'Đang chờ bản nháp…',
  nothing: 'Bản nháp còn lỗi nên chưa xem thử được. Hãy sửa các lỗi bên cạnh trước.',
  failed: 'Không vẽ được bản nháp này: ',
  sections: 'Các phần',
  examples: 'Trả lời mẫu',
  best: 'Đạt hết',
  worst: 'Không đạt',
  none: 'Xóa trả lời',
  back: 'Về các phần',
  elsewhere: 'Trang này của ứng dụng không có trong xem thử.',
  author: 'Bạn',
} as const;

import { type DeviceApprovalBody, type DeviceSignIn, rest } from "@/api";
import { useChange } from "@/shared/change";

export function useCheckCode(onDone: (signIn: DeviceSignIn, code: string) => void) {
  return useChange({
    send: (code: string) => rest.checkDeviceSignIn({ body: { user_code: code } }),
    onDone,
  });
}

export function useApproveDevice(onDone: () => void) {
  return useChange({
    send: (body: DeviceApprovalBody) => rest.approveDeviceSignIn({ body }),
    changes: ["token"],
    onDone,
  });
}

export function useDenyDevice(code: string, onDone: () => void) {
  return useChange({ send: () => rest.denyDeviceSignIn({ body: { user_code: code } }), onDone });
}

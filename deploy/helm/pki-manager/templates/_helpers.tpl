{{- define "pki-manager.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 52 | trimSuffix "-" }}
{{- end }}

{{- define "pki-manager.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" }}
{{- else if contains (include "pki-manager.name" .) .Release.Name }}
{{- .Release.Name | trunc 52 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "pki-manager.name" .) | trunc 52 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "pki-manager.selector" -}}
app.kubernetes.io/name: {{ include "pki-manager.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "pki-manager.labels" -}}
{{ include "pki-manager.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "pki-manager.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{/* What all containers of a pod share: image, environment, volumes, and restrictions. */}}
{{- define "pki-manager.container" -}}
image: {{ include "pki-manager.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
env:
  - name: PKIM_NODE_NAME
    valueFrom:
      fieldRef:
        fieldPath: metadata.name
  - name: PKIM_PUBLIC_URL
    value: {{ .Values.publicUrl | quote }}
  - name: PKIM_PUBLIC_STATUS_URL
    value: {{ .Values.publicStatusUrl | quote }}
  - name: PKIM_MASTER_CREDENTIAL_DIRECTORY
    value: /etc/pki-manager/master
  {{- with .Values.database }}
  {{- if .existingSecret }}
  - name: PKIM_DATABASE_URL
    valueFrom:
      secretKeyRef:
        name: {{ .existingSecret }}
        key: {{ .databaseUrlKey }}
  {{- if .keystoreUrlKey }}
  - name: PKIM_KEYSTORE_URL
    valueFrom:
      secretKeyRef:
        name: {{ .existingSecret }}
        key: {{ .keystoreUrlKey }}
  {{- end }}
  {{- end }}
  {{- end }}
  {{- range $name, $value := .Values.settings }}
  - name: {{ $name }}
    value: {{ $value | quote }}
  {{- end }}
  {{- with .Values.extraEnv }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
volumeMounts:
  - name: data
    mountPath: /var/lib/pki-manager
  - name: tmp
    mountPath: /tmp
  - name: master-key
    mountPath: /etc/pki-manager/master
    readOnly: true
  {{- if .Values.database.caSecret }}
  - name: database-ca
    mountPath: /etc/pki-manager/database
    readOnly: true
  {{- end }}
  {{- with .Values.extraVolumeMounts }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with .Values.resources }}
resources:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

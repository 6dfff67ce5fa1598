{{- define "farmsight.name" -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- define "farmsight.selector" -}}
app.kubernetes.io/name: farmsight
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}
{{- define "farmsight.labels" -}}
{{ include "farmsight.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}

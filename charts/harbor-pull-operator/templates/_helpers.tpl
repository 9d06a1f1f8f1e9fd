{{/* Names. With release "harbor-pull-operator" everything is called just that, as in deploy/. */}}
{{- define "harbor-pull-operator.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "harbor-pull-operator.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- $both := printf "%s-%s" .Release.Name $name -}}
{{- contains $name .Release.Name | ternary .Release.Name $both | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* The full name with a suffix that is never cut off: (list . "pod-recovery"). */}}
{{- define "harbor-pull-operator.suffixed" -}}
{{- $suffix := index . 1 -}}
{{- $room := sub 62 (len $suffix) | int -}}
{{- printf "%s-%s" (include "harbor-pull-operator.fullname" (index . 0) | trunc $room | trimSuffix "-") $suffix -}}
{{- end -}}

{{- define "harbor-pull-operator.namespace" -}}
{{- default .Release.Namespace .Values.namespaceOverride -}}
{{- end -}}

{{- define "harbor-pull-operator.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "harbor-pull-operator.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{/* Labels of an object: (list . "controller"), or with the version: (list . "controller" .Chart.AppVersion). */}}
{{- define "harbor-pull-operator.labels" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: {{ include "harbor-pull-operator.name" $root }}
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
app.kubernetes.io/part-of: harbor-pull-operator
{{- if gt (len .) 2 }}
app.kubernetes.io/version: {{ index . 2 | quote }}
{{- end }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- $ours := "^(app.kubernetes.io/(name|instance|component|part-of|version|managed-by)|helm.sh/chart)$" }}
{{- range $key, $value := $root.Values.commonLabels }}
{{- if not (regexMatch $ours $key) }}
{{ $key }}: {{ $value | quote }}
{{- end }}
{{- end }}
{{- end -}}

{{/* The same with more of them: (list . "metrics" MAP). */}}
{{- define "harbor-pull-operator.labelsAnd" -}}
{{- $own := include "harbor-pull-operator.labels" (list (index . 0) (index . 1)) | fromYaml -}}
{{- toYaml (merge $own (index . 2)) -}}
{{- end -}}

{{/* Labels by which the Deployment, the Service and others find the operator's Pods. They never change. */}}
{{- define "harbor-pull-operator.selectorLabels" -}}
app.kubernetes.io/name: {{ include "harbor-pull-operator.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: controller
{{- end -}}

{{/* The annotations line and what belongs under it, or nothing: (list . MAP). */}}
{{- define "harbor-pull-operator.annotations" -}}
{{- $all := merge (dict) (index . 1) (index . 0).Values.commonAnnotations -}}
{{- if $all -}}
annotations:
  {{- toYaml $all | nindent 2 }}
{{- end -}}
{{- end -}}

{{- define "harbor-pull-operator.image" -}}
{{- $registry := coalesce .Values.imageRegistry .Values.global.imageRegistry "ghcr.io" | trimSuffix "/" -}}
{{- list $registry .Values.imageNamespace .Values.image.repository | compact | join "/" -}}
{{- if or .Values.image.tag (not .Values.image.digest) -}}
:{{ default .Chart.AppVersion .Values.image.tag }}
{{- end -}}
{{- with .Values.image.digest }}@{{ . }}{{ end -}}
{{- end -}}

{{/* The imagePullSecrets line and its list, or nothing. */}}
{{- define "harbor-pull-operator.imagePullSecrets" -}}
{{- $all := list -}}
{{- range concat .Values.imagePullSecrets .Values.global.imagePullSecrets -}}
{{- $all = append $all (kindIs "string" . | ternary (dict "name" .) .) -}}
{{- end -}}
{{- if $all -}}
imagePullSecrets:
  {{- toYaml ($all | uniq) | nindent 2 }}
{{- end -}}
{{- end -}}

{{/* A security context as this cluster wants it: OpenShift chooses the users itself, and refuses others. */}}
{{- define "harbor-pull-operator.adapted" -}}
{{- $context := index . 1 -}}
{{- if (index . 0).Capabilities.APIVersions.Has "security.openshift.io/v1" -}}
{{- $context = omit $context "runAsUser" "runAsGroup" "fsGroup" -}}
{{- end -}}
{{- toYaml $context -}}
{{- end -}}

{{- define "harbor-pull-operator.replicas" -}}
{{- .Values.highAvailability.enabled | ternary (max 2 (int .Values.replicaCount)) (int .Values.replicaCount) -}}
{{- end -}}

{{/* Without the kind there can be no registry, so deleting it means deleting them first, or neither ever ends. */}}
{{- define "harbor-pull-operator.wantsCleanup" -}}
{{- $wanted := or .Values.uninstall.deleteRegistries (and .Values.crds.enabled (not .Values.crds.keep)) -}}
{{- and $wanted (gt (int (include "harbor-pull-operator.replicas" .)) 0) | ternary "true" "" -}}
{{- end -}}

{{- define "harbor-pull-operator.servesPolicy" -}}
{{- .Capabilities.APIVersions.Has "admissionregistration.k8s.io/v1/MutatingAdmissionPolicy" | ternary "true" "" -}}
{{- end -}}

{{/* "true" when the admission policy is to be rendered. */}}
{{- define "harbor-pull-operator.wantsPolicy" -}}
{{- if eq .Values.admissionPolicy.enabled "Auto" -}}
{{- include "harbor-pull-operator.servesPolicy" . -}}
{{- else if eq .Values.admissionPolicy.enabled "Enabled" -}}
true
{{- end -}}
{{- end -}}

{{/* "true" when an object of the Prometheus operator is to be rendered: (list . ENABLED RENDERMODE KIND). */}}
{{- define "harbor-pull-operator.wantsMonitoring" -}}
{{- $kind := printf "monitoring.coreos.com/v1/%s" (index . 3) -}}
{{- $served := (index . 0).Capabilities.APIVersions.Has $kind -}}
{{- if index . 1 -}}
{{- if or $served (eq (index . 2) "alwaysRender") -}}
true
{{- else if eq (index . 2) "failIfMissing" -}}
{{- $cure := "install the Prometheus operator's CRDs first, or set renderMode: skipIfMissing; offline, --api-versions" -}}
{{- fail (printf "the cluster does not serve %s: %s %s" $kind $cure $kind) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "harbor-pull-operator.wantsServiceMonitor" -}}
{{- $mode := .Values.metrics.serviceMonitor.renderMode -}}
{{- include "harbor-pull-operator.wantsMonitoring" (list . .Values.metrics.serviceMonitor.enabled $mode "ServiceMonitor") -}}
{{- end -}}

{{- define "harbor-pull-operator.wantsPrometheusRule" -}}
{{- $mode := .Values.metrics.prometheusRule.renderMode -}}
{{- include "harbor-pull-operator.wantsMonitoring" (list . .Values.metrics.prometheusRule.enabled $mode "PrometheusRule") -}}
{{- end -}}

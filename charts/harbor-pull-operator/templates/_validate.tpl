{{/* What a schema cannot say: values that are wrong together, or in this cluster. */}}
{{- define "harbor-pull-operator.validate" -}}
{{- if and (gt (int (include "harbor-pull-operator.replicas" .)) 1) (not .Values.leaderElection.enabled) -}}
{{- fail "leaderElection.enabled is false: two replicas would both write; use one, or leave leader election on" -}}
{{- end -}}
{{- $minimum := toString .Values.podDisruptionBudget.minAvailable -}}
{{- if and (ne $minimum "") (ne (toString .Values.podDisruptionBudget.maxUnavailable) "") -}}
{{- fail "podDisruptionBudget has minAvailable and maxUnavailable: Kubernetes takes only one of them" -}}
{{- end -}}
{{- if and (eq .Values.admissionPolicy.enabled "Enabled") (not (include "harbor-pull-operator.servesPolicy" .)) -}}
{{- $kind := "admissionregistration.k8s.io/v1/MutatingAdmissionPolicy" -}}
{{- $cure := printf "Kubernetes 1.36 and newer do; use Auto, or offline --api-versions %s" $kind -}}
{{- fail (printf "admissionPolicy.enabled is Enabled, but the cluster does not serve %s: %s" $kind $cure) -}}
{{- end -}}
{{- if and (include "harbor-pull-operator.wantsServiceMonitor" .) (not .Values.metrics.service.enabled) -}}
{{- fail "metrics.serviceMonitor.enabled is true, but metrics.service.enabled is false: there would be nothing to scrape" -}}
{{- end -}}
{{- end -}}

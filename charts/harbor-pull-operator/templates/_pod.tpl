{{/* What the operator's Pod and the Pod of `helm test` have in common. */}}

{{/* Fields of a Pod's spec: whom it is, where it runs, how it finds others. */}}
{{- define "harbor-pull-operator.podSettings" -}}
serviceAccountName: {{ include "harbor-pull-operator.serviceAccountName" . }}
automountServiceAccountToken: false
enableServiceLinks: false
{{- if not .Values.serviceAccount.create }}
{{- with include "harbor-pull-operator.imagePullSecrets" . }}
{{ . }}
{{- end }}
{{- end }}
{{- if .Values.hostNetwork }}
hostNetwork: true
{{- end }}
{{- with .Values.dnsPolicy | default (.Values.hostNetwork | ternary "ClusterFirstWithHostNet" "") }}
dnsPolicy: {{ . }}
{{- end }}
{{- with .Values.dnsConfig }}
dnsConfig:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.hostAliases }}
hostAliases:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  {{- include "harbor-pull-operator.adapted" (list . .Values.podSecurityContext) | nindent 2 }}
{{- end -}}

{{/* Fields of a container: environment, bounds, mounts. */}}
{{- define "harbor-pull-operator.containerSettings" -}}
{{- with .Values.extraEnv }}
env:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.extraEnvFrom }}
envFrom:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.resources }}
resources:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  {{- include "harbor-pull-operator.adapted" (list . .Values.securityContext) | nindent 2 }}
volumeMounts:
  - name: service-account
    mountPath: /var/run/secrets/kubernetes.io/serviceaccount
    readOnly: true
  {{- with .Values.extraVolumeMounts }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end -}}

{{/* The volumes line and its list: the Pod's own, short-lived token first. */}}
{{- define "harbor-pull-operator.volumes" -}}
volumes:
  - name: service-account
    projected:
      sources:
        - serviceAccountToken:
            path: token
            expirationSeconds: 3600
        - configMap:
            name: kube-root-ca.crt
            items:
              - key: ca.crt
                path: ca.crt
        - downwardAPI:
            items:
              - path: namespace
                fieldRef:
                  apiVersion: v1  # the default, said so that a second apply changes nothing
                  fieldPath: metadata.namespace
  {{- with .Values.extraVolumes }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end -}}

{{/* Flags, where a value is not the program's own default. */}}
{{- define "harbor-pull-operator.flags" -}}
{{- $flags := list -}}
{{- if ne (join "," .Values.secretNames) "harbor-pull" -}}
{{- range .Values.secretNames -}}{{- $flags = append $flags (printf "--secret-name=%s" .) -}}{{- end -}}
{{- end -}}
{{- if ne (int .Values.containerPort) 8080 -}}{{- $flags = append $flags (printf "--listen=:%d" (int .Values.containerPort)) -}}{{- end -}}
{{- if ne (int .Values.workers) 32 -}}{{- $flags = append $flags (printf "--workers=%d" (int .Values.workers)) -}}{{- end -}}
{{- if ne .Values.robotCleanupTimeout "10m" -}}{{- $flags = append $flags (printf "--robot-cleanup-timeout=%s" .Values.robotCleanupTimeout) -}}{{- end -}}
{{- if .Values.defaultServiceAccount.create -}}{{- $flags = append $flags "--create-default-service-account" -}}{{- end -}}
{{- if not .Values.leaderElection.enabled -}}{{- $flags = append $flags "--leader-elect=false" -}}{{- end -}}
{{- if ne .Values.log.level "info" -}}{{- $flags = append $flags (printf "--log-level=%s" .Values.log.level) -}}{{- end -}}
{{- if ne .Values.log.format "text" -}}{{- $flags = append $flags (printf "--log-format=%s" .Values.log.format) -}}{{- end -}}
{{- toYaml (concat (list "controller") $flags .Values.extraArgs) -}}
{{- end -}}

{{/* The topologySpreadConstraints line and its list, or nothing. */}}
{{- define "harbor-pull-operator.spread" -}}
{{- $all := .Values.topologySpreadConstraints -}}
{{- if and (not $all) .Values.highAvailability.enabled -}}
{{- /* ScheduleAnyway: on a cluster of one node the second replica still has its use. */ -}}
{{- $all = list (dict "maxSkew" 1 "topologyKey" "kubernetes.io/hostname" "whenUnsatisfiable" "ScheduleAnyway" "matchLabelKeys" (list "pod-template-hash")) -}}
{{- end -}}
{{- if $all -}}
topologySpreadConstraints:
{{- $selector := dict "labelSelector" (dict "matchLabels" (include "harbor-pull-operator.selectorLabels" . | fromYaml)) }}
{{- range $all }}
  - {{ toYaml (merge (dict) . $selector) | nindent 4 | trim }}
{{- end }}
{{- end -}}
{{- end -}}

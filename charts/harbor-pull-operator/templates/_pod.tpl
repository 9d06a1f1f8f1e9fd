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
{{- $env := list -}}
{{- range $variable, $value := dict "HTTPS_PROXY" .Values.proxy.https "HTTP_PROXY" .Values.proxy.http "NO_PROXY" .Values.proxy.noProxy }}
{{- if $value }}
{{- $env = append $env (dict "name" $variable "value" $value) }}
{{- end }}
{{- end }}
{{- with concat $env .Values.extraEnv }}
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

{{/* What the controller and the check must both be told, as items of a list, or nothing. */}}
{{- define "harbor-pull-operator.secretNameArguments" -}}
{{- if ne (join "," .Values.secretNames) "harbor-pull" -}}
{{- range $i, $name := .Values.secretNames -}}
{{- if $i }}
{{ end -}}
- --secret-name={{ $name }}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* The list of arguments: a flag for each value that is not the program's own default. */}}
{{- define "harbor-pull-operator.arguments" -}}
- controller
{{- with include "harbor-pull-operator.secretNameArguments" . }}
{{ . }}
{{- end }}
{{- if ne (int .Values.containerPort) 8080 }}
- --listen=:{{ .Values.containerPort }}
{{- end }}
{{- if ne (int .Values.workers) 32 }}
- --workers={{ .Values.workers }}
{{- end }}
{{- if ne .Values.robotCleanupTimeout "10m" }}
- --robot-cleanup-timeout={{ .Values.robotCleanupTimeout }}
{{- end }}
{{- if .Values.defaultServiceAccount.create }}
- --create-default-service-account
{{- end }}
{{- if not .Values.leaderElection.enabled }}
- --leader-elect=false
{{- end }}
{{- if ne .Values.log.level "info" }}
- --log-level={{ .Values.log.level }}
{{- end }}
{{- if ne .Values.log.format "text" }}
- --log-format={{ .Values.log.format }}
{{- end }}
{{- range .Values.extraArgs }}
- {{ . | quote }}
{{- end }}
{{- end -}}

{{/* The topologySpreadConstraints line and its list, or nothing. */}}
{{- define "harbor-pull-operator.spread" -}}
{{- $all := .Values.topologySpreadConstraints -}}
{{- if and (not $all) .Values.highAvailability.enabled -}}
{{- /* ScheduleAnyway: on a cluster of one node the second replica still has its use. */ -}}
{{- $one := dict "maxSkew" 1 "topologyKey" "kubernetes.io/hostname" "whenUnsatisfiable" "ScheduleAnyway" -}}
{{- $all = list (set $one "matchLabelKeys" (list "pod-template-hash")) -}}
{{- end -}}
{{- if $all -}}
topologySpreadConstraints:
{{- $labels := include "harbor-pull-operator.selectorLabels" . | fromYaml }}
{{- $selector := dict "labelSelector" (dict "matchLabels" $labels) }}
{{- range $all }}
  - {{ toYaml (merge (dict) . $selector) | nindent 4 | trim }}
{{- end }}
{{- end -}}
{{- end -}}

{{/* The strategy of the Deployment. Without a lease two Pods must never run at once. */}}
{{- define "harbor-pull-operator.strategy" -}}
{{- if not .Values.leaderElection.enabled -}}
type: Recreate
{{- else -}}
{{- $strategy := .Values.deploymentStrategy -}}
{{- ne (default "RollingUpdate" $strategy.type) "RollingUpdate" | ternary (omit $strategy "rollingUpdate") $strategy | toYaml -}}
{{- end -}}
{{- end -}}

{{/* A probe: another handler takes the place of our httpGet, since only one may be there. */}}
{{- define "harbor-pull-operator.probe" -}}
{{- if or .tcpSocket .exec .grpc -}}
{{- toYaml (omit . "httpGet") -}}
{{- else -}}
{{- toYaml . -}}
{{- end -}}
{{- end -}}

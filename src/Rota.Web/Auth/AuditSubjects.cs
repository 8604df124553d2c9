using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Rota.Access;
using Rota.Events;
using Rota.Jobs;
using Rota.Nodes;
using Rota.Queues;
using Rota.Schedules;
using Rota.Secrets;
using Rota.Web.Api;

namespace Rota.Web.Auth;

/// <summary>Something that calls change, read before and after them for the audit.</summary>
internal interface IAuditSubject
{
    /// <summary>The actions that change one such thing.</summary>
    IReadOnlyList<string> Actions { get; }

    /// <summary>The thing as it stands, in the words of the API; null when there is none.</summary>
    /// <remarks>What is under a telling name is compared and never shown, so that a secret may stand there as anything
    /// that changes with it.</remarks>
    /// <exception cref="NotFoundException">The same as null.</exception>
    Task<JsonNode?> FindAsync(string name, CancellationToken stop);
}

internal static class AuditSubjects
{
    public static void AddAuditSubjects(this IServiceCollection services)
    {
        services.AddSingleton<IAuditSubject, JobSubject>();
        services.AddSingleton<IAuditSubject, QueueSubject>();
        services.AddSingleton<IAuditSubject, ScheduleSubject>();
        services.AddSingleton<IAuditSubject, NodeSubject>();
        services.AddSingleton<IAuditSubject, SecretSubject>();
        services.AddSingleton<IAuditSubject, UserSubject>();
        services.AddSingleton<IAuditSubject, TokenSubject>();
        services.AddSingleton<IAuditSubject, WebhookSubject>();
        services.AddSingleton<IAuditSubject, ProcessSubject>();
    }
}

internal sealed class JobSubject(JobOperations jobs) : IAuditSubject
{
    public IReadOnlyList<string> Actions => ["jobs.retry", "jobs.cancel"];

    public async Task<JsonNode?> FindAsync(string name, CancellationToken stop)
    {
        var job = await jobs.GetAsync(name, stop);
        return new JsonObject
        {
            ["id"] = job.Id.Value,
            ["state"] = job.State.ToString().ToLowerInvariant(),
            ["is_cancel_requested"] = job.IsCancelRequested,
            ["args"] = JsonNode.Parse(job.Args.Span),
        };
    }
}

internal sealed class QueueSubject(QueueOperations queues) : IAuditSubject
{
    public IReadOnlyList<string> Actions => ["queues.pause", "queues.resume", "queues.limit"];

    public async Task<JsonNode?> FindAsync(string name, CancellationToken stop)
    {
        var rule = await queues.RuleAsync(name, stop);
        return new JsonObject { ["is_paused"] = rule.IsPaused, ["max_running"] = rule.MaxRunning };
    }
}

internal sealed class ScheduleSubject(ScheduleOperations schedules) : IAuditSubject
{
    public IReadOnlyList<string> Actions =>
        ["schedules.put", "schedules.remove", "schedules.pause", "schedules.resume", "schedules.restore"];

    public async Task<JsonNode?> FindAsync(string name, CancellationToken stop)
    {
        var rule = FieldDiff.ToJson(ScheduleRule.Of(await schedules.GetAsync(name, stop)));
        var state = JsonObject.Create(rule)!;
        state["secrets"] = await schedules.SealedSecretsAsync(name, stop);
        return state;
    }
}

internal sealed class NodeSubject(NodeOperations nodes) : IAuditSubject
{
    public IReadOnlyList<string> Actions => ["nodes.drain", "nodes.resume"];

    public async Task<JsonNode?> FindAsync(string name, CancellationToken stop) =>
        (await nodes.ListAsync(stop)).FirstOrDefault(node => node.Beat.Name == name) is { } found
            ? new JsonObject { ["is_drained"] = found.Beat.IsDrained }
            : null;
}

internal sealed class SecretSubject(SecretOperations secrets) : IAuditSubject
{
    public IReadOnlyList<string> Actions => ["secrets.set", "secrets.remove"];

    public async Task<JsonNode?> FindAsync(string name, CancellationToken stop) =>
        (await secrets.ListAsync(stop)).FirstOrDefault(secret => secret.Name == name) is { } found
            ? new JsonObject { ["secret"] = found.UpdatedAt }
            : null;
}

internal sealed class UserSubject(AccessOperations access) : IAuditSubject
{
    public IReadOnlyList<string> Actions => ["users.put", "users.remove"];

    public async Task<JsonNode?> FindAsync(string name, CancellationToken stop) =>
        (await access.ListUsersAsync(stop)).FirstOrDefault(user => user.Name == name) is { } found
            ? new JsonObject { ["role"] = Policies.Name(found.Role), ["password"] = found.Password }
            : null;
}

internal sealed class TokenSubject(AccessOperations access) : IAuditSubject
{
    public IReadOnlyList<string> Actions => ["tokens.create", "tokens.remove"];

    public async Task<JsonNode?> FindAsync(string name, CancellationToken stop) =>
        (await access.ListTokensAsync(stop)).FirstOrDefault(token => token.Name == name) is { } found
            ? new JsonObject { ["role"] = Policies.Name(found.Role), ["expires_at"] = found.ExpiresAt }
            : null;
}

internal sealed class WebhookSubject(EventOperations events) : IAuditSubject
{
    public IReadOnlyList<string> Actions => ["webhooks.put", "webhooks.remove"];

    public async Task<JsonNode?> FindAsync(string name, CancellationToken stop)
    {
        var webhook = await events.GetWebhookAsync(name, stop);
        var url = Uri.TryCreate(webhook.Url, UriKind.Absolute, out var address) ? address : null;
        return new JsonObject
        {
            ["host"] = url?.GetLeftPart(UriPartial.Authority) ?? Start(webhook.Url),
            ["secret_path"] = url?.PathAndQuery, // who knows it may often post there
            ["headers"] = webhook.Headers.Count == 0 ? null : string.Join(", ", webhook.Headers.Keys),
            ["types"] = JsonSerializer.SerializeToNode(webhook.Types.Select(EventNames.Name)),
            ["signed_with"] = webhook.Secret,
        };
    }

    // The name of a secret, of which what follows is a part.
    private static string Start(string url) => url[..(url.IndexOf('}') + 2)];
}

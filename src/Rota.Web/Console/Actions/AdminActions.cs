using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Rota.Access;
using Rota.Events;
using Rota.Nodes;
using Rota.Queues;
using Rota.Secrets;
using Rota.Web.Api;
using Rota.Web.Console.Forms;
using Rota.Web.Console.Pages;

namespace Rota.Web.Console.Actions;

/// <summary>What the pages do with queues, nodes, secrets, users, tokens and webhooks.</summary>
internal static class AdminActions
{
    /// <summary>Where the page finds the token that was just made.</summary>
    public const string NewToken = "new token";

    public static void MapAdminActions(this IEndpointRouteBuilder actions)
    {
        actions.MapAction("/queues/{name}/pause", Role.Operator, "queues.pause", PauseAsync);
        actions.MapAction("/queues/{name}/resume", Role.Operator, "queues.resume", ResumeAsync);
        actions.MapAction("/queues/limit", Role.Operator, "queues.limit", LimitAsync).WithFormOn<QueueList>();
        actions.MapAction("/nodes/{name}/drain", Role.Operator, "nodes.drain", DrainAsync);
        actions.MapAction("/nodes/{name}/resume", Role.Operator, "nodes.resume", ResumeNodeAsync);
        actions.MapAction("/secrets", Role.Admin, "secrets.set", SetSecretAsync).WithFormOn<SecretList>();
        actions.MapAction("/secrets/{name}/remove", Role.Admin, "secrets.remove", RemoveSecretAsync);
        actions.MapAction("/users", Role.Admin, "users.put", PutUserAsync).WithFormOn<UserList>();
        actions.MapAction("/users/{name}/remove", Role.Admin, "users.remove", RemoveUserAsync);
        actions.MapAction("/tokens", Role.Admin, "tokens.create", CreateTokenAsync).WithFormOn<TokenList>();
        actions.MapAction("/tokens/{name}/remove", Role.Admin, "tokens.remove", RemoveTokenAsync);
        actions.MapAction("/webhooks", Role.Admin, "webhooks.put", PutWebhookAsync).WithFormOn<WebhookList>();
        actions.MapAction("/webhooks/{name}/test", Role.Admin, "webhooks.test", TestWebhookAsync);
        actions.MapAction("/webhooks/{name}/remove", Role.Admin, "webhooks.remove", RemoveWebhookAsync);
    }

    private static async Task<Done> PauseAsync(string name, QueueOperations queues, CancellationToken stop)
    {
        await queues.PauseAsync(name, stop);
        return new Done($"The queue {name} is paused: no more of its jobs start.",
            Undo: $"/console/queues/{Uri.EscapeDataString(name)}/resume");
    }

    private static async Task<Done> ResumeAsync(string name, QueueOperations queues, CancellationToken stop)
    {
        await queues.ResumeAsync(name, stop);
        return new Done($"The queue {name} goes on.");
    }

    private static async Task<Done> LimitAsync([FromForm] string? name,
        [FromForm(Name = "max_running")] string? maxRunning, QueueOperations queues, CancellationToken stop)
    {
        var max = FormText.Number("max_running", string.IsNullOrEmpty(maxRunning) ? null : maxRunning);
        await queues.LimitAsync(name ?? "", max, stop);
        return new Done(max is null ? $"The queue {name} has no limit any more."
            : $"The queue {name} runs at most {max:N0} {(max == 1 ? "job" : "jobs")} at once.", "/console/queues",
            Target: name ?? "");
    }

    private static async Task<Done> DrainAsync(string name, NodeOperations nodes, CancellationToken stop)
    {
        await nodes.DrainAsync(name, stop);
        return new Done($"{name} takes no more jobs; what it runs goes on.",
            Undo: $"/console/nodes/{Uri.EscapeDataString(name)}/resume");
    }

    private static async Task<Done> ResumeNodeAsync(string name, NodeOperations nodes, CancellationToken stop)
    {
        await nodes.ResumeAsync(name, stop);
        return new Done($"{name} takes jobs again.");
    }

    private static async Task<Done> SetSecretAsync(
        [FromForm] string? name, [FromForm] string? value, SecretOperations secrets, CancellationToken stop)
    {
        await secrets.SetAsync(name ?? "", value ?? "", stop);
        return new Done($"The secret {name} is set.", "/console/secrets", Target: name ?? "");
    }

    private static async Task<Done> RemoveSecretAsync(string name, SecretOperations secrets, CancellationToken stop)
    {
        await secrets.RemoveAsync(name, stop);
        return new Done($"The secret {name} is removed.");
    }

    private static async Task<Done> PutUserAsync([FromForm] string? name, [FromForm] string? role,
        [FromForm] string? password, AccessOperations access, CancellationToken stop)
    {
        var (user, isNew) = await access.PutUserAsync(
            name ?? "", RoleOf(role), string.IsNullOrEmpty(password) ? null : password, stop);
        return new Done(isNew ? $"The user {user.Name} is made." : $"The user {user.Name} is changed.",
            "/console/users", Target: user.Name);
    }

    private static Role RoleOf(string? role) => Words.ParseEnum<Role>("role", role)
        ?? throw new InvalidFieldException("role", "role is missing.", "Choose one.");

    private static async Task<Done> RemoveUserAsync(string name, AccessOperations access, CancellationToken stop)
    {
        await access.RemoveUserAsync(name, stop);
        return new Done($"The user {name} is removed.");
    }

    private static async Task<IResult> CreateTokenAsync(HttpContext http, [FromForm] string? name,
        [FromForm] string? role, [FromForm(Name = "expires_in")] string? expiresIn, AccessOperations access,
        CancellationToken stop)
    {
        var life = Words.ParseDuration("expires_in", string.IsNullOrEmpty(expiresIn) ? null : expiresIn);
        http.Items[NewToken] = await access.CreateTokenAsync(name ?? "", RoleOf(role), life, stop);
        return new ShownOnce(typeof(TokenList), name ?? "");
    }

    private static async Task<Done> RemoveTokenAsync(string name, AccessOperations access, CancellationToken stop)
    {
        await access.RemoveTokenAsync(name, stop);
        return new Done($"The token {name} is removed.");
    }

    private static async Task<Done> PutWebhookAsync(HttpContext http, [FromForm] string? name, [FromForm] string? url,
        [FromForm] string? secret, [FromForm] string? headers, EventOperations events, CancellationToken stop)
    {
        var types = http.Request.Form["types"].Select(type => EventNames.Parse("types", type ?? "")).ToList();
        var (webhook, isNew) = await events.PutWebhookAsync(new WebhookDefinition(name ?? "", url ?? "", types,
            string.IsNullOrEmpty(secret) ? null : secret, HeaderLines.Read(headers ?? "")), stop);
        return new Done(isNew ? $"The webhook {webhook.Name} is made." : $"The webhook {webhook.Name} is changed.",
            "/console/webhooks", Target: webhook.Name);
    }

    private static async Task<Done> TestWebhookAsync(
        string name, EventOperations events, IJobClient jobs, CancellationToken stop)
    {
        var enqueued = await WebhookEndpoints.EnqueueTestAsync(name, events, jobs, stop);
        return new Done($"Job {enqueued.Id} sends the newest event to {name}.", $"/console/jobs/{enqueued.Id}");
    }

    private static async Task<Done> RemoveWebhookAsync(string name, EventOperations events, CancellationToken stop)
    {
        await events.RemoveWebhookAsync(name, stop);
        return new Done($"The webhook {name} is removed.");
    }
}

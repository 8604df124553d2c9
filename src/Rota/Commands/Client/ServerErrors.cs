using System.Text.Json;

namespace Rota.Commands;

/// <summary>The server refused a request; it said why.</summary>
/// <param name="body">The problem object as it came, or null when the answer was none.</param>
internal sealed class ServerProblem(int status, string code, string message, string? hint, string? body)
    : RotaException(code, message, hint)
{
    public int Status { get; } = status;

    public string? Body { get; } = body;

    /// <summary>The field of the request that is wrong, where the server named one.</summary>
    public string? Field => Body is null ? null : JsonElement.Parse(Body).TextOrNull("field");
}

/// <summary>Nobody answers at the address.</summary>
internal sealed class NoServerException(Uri address, Exception cause) : RotaException("server.unreachable",
    $"no Rota answers at {address.GetLeftPart(UriPartial.Authority)}",
    address.IsLoopback ? "start it: rota up" : "check --url or ROTA_URL, and that the server runs", cause);

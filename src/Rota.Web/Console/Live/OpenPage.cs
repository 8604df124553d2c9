using Microsoft.AspNetCore.Http;
using Rota.Web.Api;

namespace Rota.Web.Console.Live;

/// <summary>The stream of one open page: a tick when something changed since the last one, at the pace that all open
/// pages share.</summary>
internal sealed class OpenPage(Pulse pulse, TimeProvider clock) : IResult
{
    private static readonly ServerEvent Tick = new("tick", Id: null, "{}");

    private int _seen = pulse.Ticks;
    private DateTimeOffset _toldAt = DateTimeOffset.MinValue;

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        using var seat = pulse.Enter();
        // Pages that were opened together, after a restart of the server, do not refresh together.
        _toldAt = clock.GetUtcNow() - (pulse.Between * seat.Phase);
        await new EventStream(_ => Task.FromResult<IReadOnlyList<ServerEvent>?>(IsDue() ? [Tick] : []))
            .ExecuteAsync(httpContext);
    }

    private bool IsDue()
    {
        var now = clock.GetUtcNow();
        if (pulse.Ticks == _seen || now - _toldAt < pulse.Between)
            return false;
        (_seen, _toldAt) = (pulse.Ticks, now);
        return true;
    }
}

using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Http;
using Rota.Access;
using Rota.Web.Auth;

namespace Rota.Web.Console;

/// <summary>What every page and many of its parts know: the request, who asks, and what the time is.</summary>
public abstract class ConsolePage : ComponentBase
{
    [CascadingParameter]
    public HttpContext Http { get; set; } = null!;

    [Inject]
    public TimeProvider Clock { get; set; } = null!;

    /// <summary>Draws once, when all that is shown is there; the framework would draw an empty page first.</summary>
    public override async Task SetParametersAsync(ParameterView parameters)
    {
        parameters.SetParameterProperties(this);
        OnInitialized();
        await OnInitializedAsync();
        OnParametersSet();
        await OnParametersSetAsync();
        StateHasChanged();
    }

    protected CancellationToken Stop => Http.RequestAborted;

    protected DateTimeOffset Now => Clock.GetUtcNow();

    /// <summary>This page with its whole state, to come back to.</summary>
    protected string Here => Http.Request.Path + Http.Request.QueryString.ToString();

    /// <summary>The page fetches itself anew; nobody sees it from the start.</summary>
    protected bool IsRefresh => Http.Request.Headers.ContainsKey("HX-Request");

    /// <summary>Whether to show what the role may do. The endpoints refuse it to others anyway.</summary>
    protected bool May(Role role) => Http.User.IsInRole(Policies.Name(role));

    /// <summary>Why the form of this page was not taken; null before it was sent.</summary>
    protected RotaException? FormError => FormPage.ErrorOf(Http);

    /// <summary>What was sent, so that nobody writes it twice; else the value that the form begins with.</summary>
    protected string Sent(string field, string first = "") =>
        FormError is null ? first : Http.Request.Form[field].ToString();
}

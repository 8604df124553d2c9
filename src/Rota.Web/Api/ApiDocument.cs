using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Rota.Access;
using Rota.Web.Auth;

namespace Rota.Web.Api;

/// <summary>The API's own description, and the page to try it.</summary>
/// <remarks>Both need a caller, as everything does: a browser has the cookie of its session. Calls from the page that
/// change something take a token under Authorize.</remarks>
internal static class ApiDocument
{
    public const string Name = "v1";
    private const string Route = "/openapi/{documentName}.json";

    // The page of the library sets its styles in place; scripts come from files only.
    private const string PagePolicy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
        + "img-src 'self' data:; connect-src 'self'; font-src 'self'; frame-ancestors 'none'";

    public static void Configure(OpenApiOptions options)
    {
        options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new OpenApiInfo { Title = "Rota", Version = Name };
            document.Servers?.Clear();
            document.Components ??= new OpenApiComponents();
            document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
            document.Components.SecuritySchemes[TokenAuthentication.SchemeName] =
                new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer" };
            var scheme = new OpenApiSecuritySchemeReference(TokenAuthentication.SchemeName, document);
            document.Security = [new OpenApiSecurityRequirement { [scheme] = [] }];
            return Task.CompletedTask;
        });
    }

    public static void MapApiDocument(this WebApplication app)
    {
        app.MapOpenApi(Route).Needs(Role.Viewer);
        app.MapSwaggerUI("docs", page =>
        {
            page.DocumentTitle = "Rota";
            page.SwaggerEndpoint($"/openapi/{Name}.json", Name);
        }).Needs(Role.Viewer).WithContentPolicy(PagePolicy);
    }
}
